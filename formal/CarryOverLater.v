(* The carry-over weight trained too, at a later step: as soon as one vertex of N_c has an edge from
   N_c, the logit mu still diverges under Coconut-BFS. *)
From Coq Require Import Reals Lra Lia List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model DivergesBfs Logarithm CarryOverDigraph.
Import ListNotations.
Open Scope R_scope.

Section Drift.
Variable I : instance.
Variables mu omega : R.
Notation k := (alpha I * s I).
Notation x := (xi_carry I mu omega).
Notation Z_next := (partition (next I) x).
Notation Z_all := (partition (V I) x).

Lemma carry_Z_split : Z_all = Z_next + n_out I.
Proof.
  unfold partition, next. rewrite (sum_split (in_next I) (V I)). f_equal.
  unfold n_out, count. rewrite <- (Rmult_1_r (INR _)), <- sum_const.
  apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  destruct (outside I v) as [A D]; [now destruct (in_next I v) |].
  unfold xi_carry. rewrite A, D. replace (k * (omega * 0 + mu * 0)) with 0 by ring. apply exp_0.
Qed.

(* E_S[f] - E_V[f] = n_out sum_S f exp(xi) / (Z_S Z_V)  for features that vanish outside S = N_{c+1}. *)
Lemma carry_drift (f : nat -> R) : (forall v, in_next I v = false -> f v = 0) ->
  mean (next I) x f - mean (V I) x f =
  n_out I * sum (next I) (fun v => f v * exp (x v)) / (Z_next * Z_all).
Proof.
  intros Hf. assert (P := partition_pos (next I) x (next_inhabited I)).
  assert (Q := partition_pos (V I) x (V_inhabited I)).
  assert (E : sum (V I) (fun v => f v * exp (x v)) = sum (next I) (fun v => f v * exp (x v))).
  { unfold next. rewrite (sum_split (in_next I) (V I)).
    rewrite (sum_zero (filter (fun v => negb (in_next I v)) (V I))); [lra |].
    intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
    rewrite Hf; [ring | now destruct (in_next I v)]. }
  unfold mean. rewrite E. assert (S := carry_Z_split). assert (N : n_out I = Z_all - Z_next) by lra.
  rewrite N. field. lra.
Qed.
End Drift.

(* The mean in-degree over N_c, with weights exp(alpha s mu d). *)
Definition F_N (I : instance) (mu : R) : R := mean (filter (in_N I) (V I)) (xi I mu) (d I).

Section Later.
Variables (I : instance) (rate r mu0 omega0 : R) (mu omega : R -> R) (u : nat).
Hypothesis rate_pos : 0 < rate.
Hypothesis r_pos : 0 < r.
Hypothesis some_out : 0 < n_out I.
Hypothesis flow : carry_over_flow I rate r mu omega.
Hypothesis mu_start : mu 0 = mu0.
Hypothesis omega_start : omega 0 = omega0.
(* u is in N_c, and an edge from N_c ends there. *)
Hypothesis u_vertex : In u (V I).
Hypothesis u_in_N : in_N I u = true.
Hypothesis u_reached : 0 < d I u.

Notation k := (alpha I * s I).
Notation N_c := (filter (in_N I) (V I)).
Let x (t : R) : nat -> R := xi_carry I (mu t) (omega t).
Let q (t : R) : R := rate * k * n_out I / (partition (next I) (x t) * partition (V I) (x t)).
Let S_d (t : R) : R := sum (next I) (fun v => d I v * exp (x t v)).
Let S_a (t : R) : R := sum (next I) (fun v => a I v * exp (x t v)).

Lemma later_mu : evolves mu (fun t => q t * S_d t).
Proof.
  eapply evolves_ext; [| | exact (proj1 flow)]; [easy |]. intros t _. cbv beta.
  rewrite carry_drift by (intros v H; now apply outside in H).
  unfold q, S_d, x, Rdiv. ring.
Qed.

Lemma later_omega : evolves omega (fun t => / r * (q t * S_a t)).
Proof.
  eapply evolves_ext; [| | exact (proj2 flow)]; [easy |]. intros t _. cbv beta.
  rewrite carry_drift by (intros v H; now apply outside in H).
  unfold q, S_a, x, Rdiv. ring.
Qed.

Lemma q_pos t : 0 < q t.
Proof.
  unfold q. apply Rdiv_lt_0_compat.
  - apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [easy | apply alpha_s_pos] | easy].
  - apply Rmult_lt_0_compat; apply partition_pos; [apply next_inhabited | apply V_inhabited].
Qed.

Lemma u_next : In u (next I).
Proof. apply filter_In. split; [easy |]. now apply N_grows. Qed.

Lemma S_d_low t : d I u * exp (x t u) <= S_d t.
Proof.
  apply (sum_at_least (next I) (fun v => d I v * exp (x t v))); [| apply u_next].
  intros v _. apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos].
Qed.

Lemma S_a_nonneg t : 0 <= S_a t.
Proof.
  apply sum_nonneg. intros v _. apply Rmult_le_pos; [apply a_nonneg | left; apply exp_pos].
Qed.

Lemma S_d_pos t : 0 < S_d t.
Proof.
  assert (A := S_d_low t). assert (0 < d I u * exp (x t u)); [| lra].
  apply Rmult_lt_0_compat; [easy | apply exp_pos].
Qed.

(* Both logits increase for ever. *)
Lemma later_mu_from t : 0 <= t -> mu0 <= mu t.
Proof.
  intros Ht. rewrite <- mu_start. apply (never_falls mu _ later_mu); [| lra]. intros v _.
  apply Rmult_le_pos; [left; apply q_pos | left; apply S_d_pos].
Qed.

Lemma later_omega_from t : 0 <= t -> omega0 <= omega t.
Proof.
  intros Ht. rewrite <- omega_start. apply (never_falls omega _ later_omega); [| lra]. intros v _.
  apply Rmult_le_pos; [left; now apply Rinv_0_lt_compat |].
  apply Rmult_le_pos; [left; apply q_pos | apply S_a_nonneg].
Qed.

Lemma N_c_inhabited : N_c <> [].
Proof.
  assert (H : In u N_c) by now apply filter_In. now destruct N_c.
Qed.

Lemma F_N_pos m : 0 < F_N I m.
Proof.
  apply (mean_pos _ N_c_inhabited _ _ u); [intros; apply d_nonneg | now apply filter_In | easy].
Qed.

(* All of N_c have the same carry-over, so it does not matter to their mean in-degree. *)
Lemma F_N_carry t : F_N I (mu t) = mean N_c (x t) (d I).
Proof.
  symmetry. apply (mean_shift N_c (x t) (xi I (mu t)) (d I) (k * (omega t - 1)) N_c_inhabited).
  intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  unfold x, xi_carry, xi, a. rewrite Hv. simpl. ring.
Qed.

Lemma S_d_mean t : 0 <= t -> F_N I mu0 * S_a t <= S_d t.
Proof.
  intros Ht. assert (P := partition_pos N_c (x t) N_c_inhabited).
  assert (Ea : S_a t = partition N_c (x t)).
  { unfold S_a, next, partition. rewrite 2 sum_filter. apply sum_ext. intros v _. unfold a.
    destruct (in_N I v) eqn:E; simpl; [| ring]. unfold in_next. rewrite (N_grows _ _ _ _ E). simpl. ring. }
  assert (Ed : sum N_c (fun v => d I v * exp (x t v)) <= S_d t).
  { unfold S_d, next. rewrite 2 sum_filter. apply sum_le. intros v _.
    assert (Q : 0 <= d I v * exp (x t v)) by (apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos]).
    destruct (in_N I v) eqn:E; simpl.
    - unfold in_next. rewrite (N_grows _ _ _ _ E). simpl. lra.
    - rewrite Rmult_0_l. apply Rmult_le_pos; [apply one_nonneg | easy]. }
  apply Rle_trans with (2 := Ed). rewrite <- (mean_times_partition N_c N_c_inhabited), <- F_N_carry, Ea.
  apply Rmult_le_compat_r; [lra |].
  apply mean_nondecreasing; [apply N_c_inhabited | now apply later_mu_from].
Qed.

(* mu(t) - mu0 >= r F_N(mu0) (omega(t) - omega0)  for all t >= 0. *)
Theorem carry_over_path t : 0 <= t -> r * F_N I mu0 * (omega t - omega0) <= mu t - mu0.
Proof.
  intros Ht. set (rho := r * F_N I mu0).
  assert (E := evolves_minus _ _ _ _ later_mu (evolves_scal rho _ _ later_omega)).
  assert (X : mu 0 - rho * omega 0 <= mu t - rho * omega t).
  { apply (never_falls _ _ E); [| lra]. intros v Hv. cbv beta.
    assert (A := S_d_mean v ltac:(lra)). assert (Q := q_pos v).
    assert (C : rho * (/ r * (q v * S_a v)) = q v * (F_N I mu0 * S_a v)) by (unfold rho; field; lra).
    rewrite C. assert (q v * (F_N I mu0 * S_a v) <= q v * S_d v) by (apply Rmult_le_compat_l; lra). lra. }
  rewrite mu_start, omega_start in X. lra.
Qed.

(* The logit still diverges:  mu(t) -> +oo. *)
Theorem carry_over_later : is_lim mu p_infty p_infty.
Proof.
  assert (P := alpha_s_pos I). set (rho := r * F_N I mu0).
  assert (Hr : 0 < rho) by (apply Rmult_lt_0_compat; [easy | apply F_N_pos]).
  apply (escapes mu _ later_mu); [intros; apply Rmult_le_pos; left; [apply q_pos | apply S_d_pos] |].
  intros level. set (Omega := omega0 + (level - mu0) / rho). set (Z_bar := partition (V I) (xi_carry I level Omega)).
  assert (Zp : 0 < Z_bar) by (apply partition_pos, V_inhabited).
  exists (rate * k * n_out I / (Z_bar * Z_bar) * (d I u * exp (k * (omega0 + mu0 * d I u)))). split.
  - apply Rmult_lt_0_compat; [| apply Rmult_lt_0_compat; [easy | apply exp_pos]]. apply Rdiv_lt_0_compat; [| now apply Rmult_lt_0_compat].
    apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy].
  - intros t Ht Hle.
    assert (M := later_mu_from t ltac:(lra)). assert (O := later_omega_from t ltac:(lra)).
    assert (HO : omega t <= Omega).
    { assert (Q := carry_over_path t ltac:(lra)). fold rho in Q. unfold Omega.
      assert (omega t - omega0 <= (level - mu0) / rho); [| lra].
      apply Rmult_le_reg_l with rho; [easy |].
      replace (rho * ((level - mu0) / rho)) with (level - mu0) by (field; lra). lra. }
    assert (ZV : partition (V I) (x t) <= Z_bar).
    { apply sum_le. intros v _. apply exp_le. unfold x, xi_carry. apply Rmult_le_compat_l; [lra |].
      assert (A := a_nonneg I v). assert (D := d_nonneg I v).
      assert (omega t * a I v <= Omega * a I v) by (apply Rmult_le_compat_r; lra).
      assert (mu t * d I v <= level * d I v) by (apply Rmult_le_compat_r; lra). lra. }
    assert (ZS : partition (next I) (x t) <= Z_bar).
    { assert (S := carry_Z_split I (mu t) (omega t)). fold (x t) in S. lra. }
    assert (P1 := partition_pos (next I) (x t) (next_inhabited I)).
    assert (P2 := partition_pos (V I) (x t) (V_inhabited I)).
    assert (RK : 0 < rate * k * n_out I) by (apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
    apply Rmult_le_compat.
    + left. apply Rdiv_lt_0_compat; [easy | now apply Rmult_lt_0_compat].
    + left. apply Rmult_lt_0_compat; [easy | apply exp_pos].
    + unfold q, Rdiv. apply Rmult_le_compat_l; [lra |].
      apply Rinv_le_contravar; [now apply Rmult_lt_0_compat |].
      apply Rmult_le_compat; lra.
    + apply Rle_trans with (2 := S_d_low t). apply Rmult_le_compat_l; [lra |].
      apply exp_le. unfold x, xi_carry, a. rewrite u_in_N. simpl. apply Rmult_le_compat_l; [lra |].
      assert (mu0 * d I u <= mu t * d I u) by (apply Rmult_le_compat_r; lra). lra.
Qed.
End Later.
