from kit.factorial import factorial


def test_small():
    assert [factorial(n) for n in range(6)] == [1, 1, 2, 6, 24, 120]
