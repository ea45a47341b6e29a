from kit.roman import roman


def test_numerals():
    assert roman(1) == "I"
    assert roman(4) == "IV"
    assert roman(1994) == "MCMXCIV"
    assert roman(3999) == "MMMCMXCIX"
