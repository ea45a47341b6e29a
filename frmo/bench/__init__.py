"""The measurements of `frmo bench`: name to function. Each returns a Report with its targets and limits."""

BENCHES = {
    "start": "frmo.bench.start:measure",
    "step": "frmo.bench.step:measure",
    "gateway": "frmo.bench.gateway:measure",
    "validate": "frmo.bench.validate:measure",
    "sandbox": "frmo.bench.sandbox:measure",
    "gate": "frmo.bench.gate:measure",
    "patterns": "frmo.bench.patterns:measure",
    "chaos": "frmo.bench.chaos:measure",
    "engine": "frmo.bench.engine:measure",
    "store": "frmo.bench.store:measure",
}
