"""The measurements of `frmo bench`: name to function. Each returns a Report with its targets and limits."""

BENCHES = {
    "gate": "frmo.bench.gate:measure",
}
