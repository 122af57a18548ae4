# file: CarryOverEnds.v
# refused in: carry_over_spread
# r g (F_N + B) >= 1: the path may follow the line
/^Theorem carry_over_spread/,/^Proof/s/1 < r/1 <= r/
