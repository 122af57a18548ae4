# file: CarryOverLater.v
# refused in: carry_over_upper
# d_max in place of d_max^2
/^Definition carry_hi/,/\.$/s/\(k \* d_max I\) \^ 2/(k * d_max I) * k/
