# file: CarryOver.v
# refused in: carry_over_bounded
# delta = 0 admitted: then mu diverges
/^Theorem carry_over_bounded/,/^Proof/s/0 < delta/0 <= delta/
