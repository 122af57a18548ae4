# file: Ceiling.v
# refused in: ceiling_power
# D one below the largest in-degree under d_star
/^Lemma ceiling_power/,/^Proof/s/d I v <= D\)/d I v <= D + 1)/
