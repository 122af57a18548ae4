# file: CarryOver.v
# refused in: carry_over_forgets_new
# delta >= 0: with delta = 0 no part fades
/^Theorem carry_over_forgets_new/,/^Proof/s/0 < delta/0 <= delta/
