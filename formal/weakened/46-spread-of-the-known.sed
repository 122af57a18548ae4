# file: CarryOverEnds.v
# refused in: carry_over_bounded_weight
# d_N in place of d_F in the law of growth
/^Theorem carry_over_bounded_weight/,/^Proof/s/\(k \* d_fresh I\)/(k * d_known I)/
