# file: CarryOver.v
# refused in: carry_over_conserved
# r in place of r m in delta
/^Definition delta/s/r \* m \*/r */
