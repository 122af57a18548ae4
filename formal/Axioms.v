(* What the main theorems rest on: check.sh compares the output with axioms.expected. *)
From Muflow Require Import Attention Digraph Model Reduced Vertex DivergesBfs Bounded Ceiling Counterexample
  Logarithm Steps Existence Population Superposition Walk Comparable CarryOver
  CarryOverDigraph CarryOverLater CarryOverEnds Instance Prediction Answer.

Definition lemma_1 := (N_walks, permutations_spec, permutations_length, L1, L1_coconut, L1_bfs,
  L1_coconut_flow, L1_bfs_flow).
Print Assumptions lemma_1.

Definition theorem_1a :=
  (T1a_increases, T1a_lower, T1a_upper, T1a_lower_power, T1a_upper_power, T1a, T1a_log,
   T1a_constant, T1a_no_edge, T1a_start, T1a_exists, T1a_unique).
Print Assumptions theorem_1a.

Definition theorem_1b :=
  (T1b_equilibrium, T1b_unique, T1b_converges, T1b_monotone_from_below, T1b_monotone_from_above,
   T1b_sign, T1b_positive, T1b_negative, T1b_still, T1b_logits, T1b_rate, T1b_rate_positive, T1b_rate_asymptotic,
   T1b_ceiling, T1b_ceiling_law, T1b_ceiling_coarse,
   T1b_constant, T1b_up, T1b_up_log, T1b_up_bounds, T1b_down, T1b_down_log, T1b_down_bounds, T1b_up_start, T1b_down_start, T1b_iff, T1b_setting,
   T1b_non_expansive, T1b_exists, counterexample_unbounded, counterexample_bounded).
Print Assumptions theorem_1b.

Definition finite_steps :=
  (T1a_steps, T1a_steps_diverge, T1b_up_steps, T1b_down_steps, T1b_step_slope, T1b_steps,
   T1b_steps_monotone, T1b_steps_stable, T1b_steps_unstable, T1b_steps_alternate).
Print Assumptions finite_steps.

Definition the_population_rule :=
  (population_equilibrium, population_converges, population_up, population_down, population_iff,
   population_exists).
Print Assumptions the_population_rule.

Definition theorem_2 :=
  (T2_formula, T2, T2_scaled, T2_length, T2_polynomial, T2_composition, T2_comparable,
   T2_uniform, T2_large, T2_small, generated_weights, generated_degrees, generated_norm).
Print Assumptions theorem_2.

Definition the_carry_over_theorem :=
  (carry_over_conserved, carry_over_bounded, carry_over_diverges, carry_over_both,
   carry_over_tied, carry_over_forgets_new, carry_over_forgets_root,
   carry_over_usual_rates, carry_over, carry_over_usual, carry_over_path, carry_over_later,
   carry_over_upper, carry_over_lower, carry_over_collapse, carry_over_collapse_log, carry_over_spread,
   carry_over_bounded_weight, carry_over_always, carry_over_either).
Print Assumptions the_carry_over_theorem.

Definition without_assumptions_A4_and_A6 :=
  (A4_gradient, A4_up, A4_down, A4_still, A4_separated, A4_same_sources, attention_gradient, A6_monotone).
Print Assumptions without_assumptions_A4_and_A6.

Definition theorem_3 :=
  (T3_answer, T3_lift_diverges, T3_carry_diverges, T3_direction, T3_gap, T3_log, T3_unit_norm,
   T3_conserved,
   T3_unseen_right, T3_unseen_wrong, T3_unseen_candidate).
Print Assumptions theorem_3.

Definition numbers_of_instances :=
  (uniform_K, uniform_d, uniform_d_max, uniform_d_min, sum_profile, K_is, n_out_is, d_max_is, d_min_is, d_is, balance_is, balance_start, W_is, Var_is, F_in_zero_is,
   ceiling_is, bracket, tie, rises, sinks, stands, decays, leaves_up, leaves_down).
Print Assumptions numbers_of_instances.
