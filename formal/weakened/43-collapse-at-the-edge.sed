# file: CarryOverEnds.v
# refused in: theta_pos
# r g (d_N + E) <= 1: at the edge nothing is gained on the line
/^Hypothesis room/s/< 1/<= 1/
