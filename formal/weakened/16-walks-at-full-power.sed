# file: Superposition.v
# refused in: symmetric_equal
# mu^c in place of mu^j
/^Lemma symmetric_equal/,/^Proof/s/mu \^ j/mu ^ c/
