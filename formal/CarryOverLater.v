(* The carry-over weight trained too, at a later step: as soon as one vertex of N_c has an edge from
   N_c, the logit mu still diverges under Coconut-BFS. *)
From Coq Require Import Reals Lra Lia List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model DivergesBfs CarryOverDigraph.
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

Section Later.
Variables (I : instance) (rate r : R) (mu omega : R -> R) (u : nat).
Hypothesis rate_pos : 0 < rate.
Hypothesis r_pos : 0 < r.
Hypothesis some_out : 0 < n_out I.
Hypothesis flow : carry_over_flow I rate r mu omega.
Hypothesis mu_start : mu 0 = 0.
Hypothesis omega_start : omega 0 = 1.
(* u has the largest in-degree within N_c, and it is not 0. *)
Hypothesis u_vertex : In u (V I).
Hypothesis u_in_N : in_N I u = true.
Hypothesis u_reached : 0 < d I u.
Hypothesis u_largest : forall v, In v (V I) -> in_N I v = true -> d I v <= d I u.

Notation k := (alpha I * s I).
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
Lemma later_mu_nonneg t : 0 <= t -> 0 <= mu t.
Proof.
  intros Ht. rewrite <- mu_start. apply (never_falls mu _ later_mu); [| lra]. intros v _.
  apply Rmult_le_pos; [left; apply q_pos | left; apply S_d_pos].
Qed.

Lemma later_omega_from_1 t : 0 <= t -> 1 <= omega t.
Proof.
  intros Ht. rewrite <- omega_start. apply (never_falls omega _ later_omega); [| lra]. intros v _.
  apply Rmult_le_pos; [left; now apply Rinv_0_lt_compat |].
  apply Rmult_le_pos; [left; apply q_pos | apply S_a_nonneg].
Qed.

(* The vertex u weighs most within N_c. *)
Lemma S_a_high t : 0 <= t -> S_a t <= K I * exp (x t u).
Proof.
  intros Ht. unfold K, count. rewrite sum_count, <- sum_scal_r.
  apply Rle_trans with (sum (V I) (fun v => a I v * exp (x t v))).
  - unfold S_a, next. rewrite (sum_split (in_next I) (V I)).
    assert (0 <= sum (filter (fun v => negb (in_next I v)) (V I)) (fun v => a I v * exp (x t v))); [| lra].
    apply sum_nonneg. intros v _. apply Rmult_le_pos; [apply a_nonneg | left; apply exp_pos].
  - apply sum_le. intros v Hv. unfold a. destruct (in_N I v) eqn:E; simpl; [| lra].
    rewrite 2 Rmult_1_l. apply exp_le. unfold x, xi_carry, a. rewrite E, u_in_N.
    assert (M := later_mu_nonneg t Ht). assert (L := u_largest v Hv E). assert (P := alpha_s_pos I).
    apply Rmult_le_compat_l; [lra |].
    assert (mu t * d I v <= mu t * d I u) by now apply Rmult_le_compat_l. lra.
Qed.

(* mu(t) >= (r d_u / K) (omega(t) - 1)  for all t >= 0. *)
Theorem carry_over_path t : 0 <= t -> r * d I u / K I * (omega t - 1) <= mu t.
Proof.
  intros Ht. set (rho := r * d I u / K I). assert (HK := K_pos I).
  assert (Hr : 0 < rho) by (apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
  assert (E := evolves_minus _ _ _ _ later_mu (evolves_scal rho _ _ later_omega)).
  assert (X : mu 0 - rho * omega 0 <= mu t - rho * omega t).
  { apply (never_falls _ _ E); [| lra]. intros v Hv. cbv beta.
    assert (A := S_d_low v). assert (B := S_a_high v ltac:(lra)). assert (Q := q_pos v).
    assert (C : rho * (/ r * (q v * S_a v)) = q v * (d I u * / K I * S_a v))
      by (unfold rho; field; lra).
    rewrite C. assert (d I u * / K I * S_a v <= S_d v).
    { apply Rle_trans with (2 := A). rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
      apply Rmult_le_reg_l with (K I); [easy |]. rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. easy. }
    assert (q v * (d I u * / K I * S_a v) <= q v * S_d v) by (apply Rmult_le_compat_l; lra). lra. }
  rewrite mu_start, omega_start in X. lra.
Qed.

(* The logit still diverges:  mu(t) -> +oo. *)
Theorem carry_over_later : is_lim mu p_infty p_infty.
Proof.
  assert (HK := K_pos I). assert (P := alpha_s_pos I).
  set (rho := r * d I u / K I).
  assert (Hr : 0 < rho) by (apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
  apply (escapes mu _ later_mu); [intros; apply Rmult_le_pos; left; [apply q_pos | apply S_d_pos] |].
  intros level. set (Omega := 1 + level / rho). set (Z_bar := partition (V I) (xi_carry I level Omega)).
  assert (Zp : 0 < Z_bar) by (apply partition_pos, V_inhabited).
  exists (rate * k * n_out I / (Z_bar * Z_bar) * (d I u * 1)). split.
  - apply Rmult_lt_0_compat; [| lra]. apply Rdiv_lt_0_compat; [| now apply Rmult_lt_0_compat].
    apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy].
  - intros t Ht Hle.
    assert (M := later_mu_nonneg t ltac:(lra)). assert (O := later_omega_from_1 t ltac:(lra)).
    assert (HO : omega t <= Omega).
    { assert (Q := carry_over_path t ltac:(lra)). fold rho in Q. unfold Omega.
      assert (omega t - 1 <= level / rho); [| lra].
      apply Rmult_le_reg_l with rho; [easy |].
      replace (rho * (level / rho)) with level by (field; lra). lra. }
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
    + lra.
    + unfold q, Rdiv. apply Rmult_le_compat_l; [lra |].
      apply Rinv_le_contravar; [now apply Rmult_lt_0_compat |].
      apply Rmult_le_compat; lra.
    + apply Rle_trans with (2 := S_d_low t). apply Rmult_le_compat_l; [lra |].
      rewrite <- exp_0. apply exp_le. unfold x, xi_carry. unfold a. rewrite u_in_N. simpl.
      assert (0 <= mu t * d I u) by (apply Rmult_le_pos; lra).
      apply Rmult_le_pos; lra.
Qed.
End Later.
