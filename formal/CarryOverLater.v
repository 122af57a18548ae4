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
(* An edge from N_c ends at u, and u is in N_c where u_in_N is used. *)
Hypothesis u_vertex : In u (V I).
Hypothesis u_reached : 0 < d I u.
Hypothesis u_in_N : in_N I u = true.

Notation k := (alpha I * s I).
Notation N_c := (filter (in_N I) (V I)).
Notation fresh := (filter (fun v => negb (in_N I v)) (next I)).   (* the new vertices *)
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
Proof.
  apply filter_In. split; [easy |]. destruct (in_next I u) eqn:E; [easy |].
  apply outside in E. destruct E as [_ E]. rewrite E in u_reached. lra.
Qed.

Lemma S_d_low t : d I u * exp (x t u) <= S_d t.
Proof.
  apply (sum_at_least (next I) (fun v => d I v * exp (x t v))); [| apply u_next].
  intros v _. apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos].
Qed.

Lemma S_a_nonneg t : 0 <= S_a t.
Proof.
  apply sum_nonneg. intros v Hv. apply Rmult_le_pos; [| left; apply exp_pos].
  now apply a_nonneg, in_next_in_V.
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
  assert (H : In (root I) N_c) by (apply filter_In; split; [apply root_in_V | apply N_root]). now destruct N_c.
Qed.

Lemma F_N_pos m : 0 < F_N I m.
Proof.
  apply (mean_pos _ N_c_inhabited _ _ u); [intros; apply d_nonneg | now apply filter_In | easy].
Qed.

(* All of N_c have the same carry-over, so it does not matter to their mean in-degree. *)
Lemma F_N_carry t : F_N I (mu t) = mean N_c (x t) (d I).
Proof.
  symmetry. apply (mean_shift N_c N_c_inhabited (x t) (xi I (mu t)) (d I) (k * (omega t - 1))).
  intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  unfold x, xi_carry, xi, a. rewrite Hv. simpl. ring.
Qed.

Lemma known_next l : filter (in_N I) (filter (in_next I) l) = filter (in_N I) l.
Proof.
  induction l as [| y l IH]; [easy |]. cbn [filter]. destruct (in_N I y) eqn:Ey.
  - assert (X : in_next I y = true) by now apply N_grows. rewrite X. cbn [filter]. now rewrite Ey, IH.
  - destruct (in_next I y); [cbn [filter]; now rewrite Ey | exact IH].
Qed.

Lemma next_split f : sum (next I) f = sum N_c f + sum fresh f.
Proof. rewrite (sum_split (in_N I) (next I)). f_equal. f_equal. apply known_next. Qed.

Lemma S_a_known t : S_a t = partition N_c (x t).
Proof.
  unfold S_a. rewrite next_split, (sum_zero fresh), Rplus_0_r.
  - apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. unfold a. rewrite Hv. simpl. ring.
  - intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. unfold a.
    destruct (in_N I v); [easy | ring].
Qed.

Lemma S_d_known t : 0 <= t -> F_N I mu0 * S_a t <= sum N_c (fun v => d I v * exp (x t v)).
Proof.
  intros Ht. rewrite <- (mean_times_partition N_c N_c_inhabited), <- F_N_carry, S_a_known.
  apply Rmult_le_compat_r; [left; apply partition_pos, N_c_inhabited |].
  apply mean_nondecreasing; [apply N_c_inhabited | now apply later_mu_from].
Qed.

Lemma S_d_mean t : 0 <= t -> F_N I mu0 * S_a t <= S_d t.
Proof.
  intros Ht. apply Rle_trans with (1 := S_d_known t Ht). unfold S_d. rewrite next_split.
  assert (0 <= sum fresh (fun v => d I v * exp (x t v))); [| lra].
  apply sum_nonneg. intros v _. apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos].
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

(* Below a level of both logits the speed has a floor. *)
Lemma q_low level Omega t : mu t <= level -> omega t <= Omega ->
  rate * k * n_out I / (partition (V I) (xi_carry I level Omega) * partition (V I) (xi_carry I level Omega)) <= q t.
Proof.
  intros Hm Ho. assert (P := alpha_s_pos I). set (Z_bar := partition (V I) (xi_carry I level Omega)).
  assert (ZV : partition (V I) (x t) <= Z_bar).
  { apply sum_le. intros v Hv. apply exp_le. unfold x, xi_carry. apply Rmult_le_compat_l; [lra |].
    assert (A := a_nonneg I v Hv). assert (D := d_nonneg I v).
    assert (omega t * a I v <= Omega * a I v) by (apply Rmult_le_compat_r; lra).
    assert (mu t * d I v <= level * d I v) by (apply Rmult_le_compat_r; lra). lra. }
  assert (ZS : partition (next I) (x t) <= Z_bar).
  { assert (S := carry_Z_split I (mu t) (omega t)). fold (x t) in S. lra. }
  assert (P1 := partition_pos (next I) (x t) (next_inhabited I)).
  assert (P2 := partition_pos (V I) (x t) (V_inhabited I)).
  unfold q, Rdiv. apply Rmult_le_compat_l.
  - left. apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy].
  - apply Rinv_le_contravar; [now apply Rmult_lt_0_compat |]. apply Rmult_le_compat; lra.
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
    apply Rmult_le_compat.
    + left. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy] | now apply Rmult_lt_0_compat].
    + left. apply Rmult_lt_0_compat; [easy | apply exp_pos].
    + now apply q_low.
    + apply Rle_trans with (2 := S_d_low t). apply Rmult_le_compat_l; [lra |].
      apply exp_le. unfold x, xi_carry, a. rewrite u_in_N. simpl. apply Rmult_le_compat_l; [lra |].
      assert (mu0 * d I u <= mu t * d I u) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* No faster than with the carry-over fixed at its start:
   mu(t) - mu0 <= log(1 + b t)/(alpha s d_max),
   b = rate (alpha s d_max)^2 n_out/(W e^{alpha s d_max mu0}),  W = sum_{d_v = d_max} e^{alpha s omega0 a_v}. *)
Definition W_carry : R :=
  sum (V I) (fun v => (if Req_EM_T (d I v) (d_max I) then 1 else 0) * exp (k * (omega0 * a I v))).
Definition carry_hi : R :=
  rate * (k * d_max I) ^ 2 * n_out I / (W_carry * exp (k * d_max I * mu0)).

Theorem carry_over_upper t : 0 <= t -> mu t - mu0 <= / (k * d_max I) * ln (1 + carry_hi * t).
Proof.
  intros Ht. assert (Hd : 0 < d_max I) by (assert (X := d_at_most I u u_vertex); lra).
  assert (P := alpha_s_pos I). set (z := fun t => exp (k * d_max I * (mu t - mu0))).
  apply ln_at_least; [now apply Rmult_lt_0_compat |].
  assert (E := evolves_exp _ _ (evolves_scal (k * d_max I) _ _ (evolves_minus _ _ _ _ later_mu (evolves_const mu0)))).
  assert (Z0 : z 0 = 1) by (unfold z; rewrite mu_start, Rminus_eq_0, Rmult_0_r; apply exp_0).
  change (z t <= 1 + carry_hi * t). rewrite <- Z0. apply (grows_at_most z _ E); [| easy].
  intros v Hv. cbv beta. fold (z v).
  assert (WP : 0 < W_carry).
  { destruct (d_max_attained I) as [w [Hw Ew]]. apply (sum_pos _ _ w); [| easy |].
    - intros y _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
    - destruct (Req_EM_T (d I w) (d_max I)); [| contradiction]. rewrite Rmult_1_l. apply exp_pos. }
  assert (Y0 := exp_pos (k * d_max I * mu0)). assert (Zv : 0 < z v) by apply exp_pos.
  set (Z_next := partition (next I) (x v)). set (Z_all := partition (V I) (x v)).
  assert (ZN : 0 < Z_next) by (apply partition_pos, next_inhabited).
  assert (ZA : z v * (W_carry * exp (k * d_max I * mu0)) <= Z_all).
  { unfold Z_all, partition, W_carry. rewrite <- sum_scal_r, <- sum_scal. apply sum_le. intros w Hw.
    destruct (Req_EM_T (d I w) (d_max I)) as [Ew | _].
    - rewrite Rmult_1_l. unfold z. rewrite <- 2 exp_plus. apply exp_le. unfold x, xi_carry. rewrite Ew.
      assert (A := a_nonneg I w Hw). assert (O := later_omega_from v ltac:(lra)).
      assert (omega0 * a I w <= omega v * a I w) by (apply Rmult_le_compat_r; lra).
      assert (k * (omega0 * a I w) <= k * (omega v * a I w)) by (apply Rmult_le_compat_l; lra). lra.
    - rewrite 2 Rmult_0_l, Rmult_0_r. left. apply exp_pos. }
  assert (SD : S_d v <= d_max I * Z_next).
  { unfold S_d, Z_next, partition. rewrite <- sum_scal. apply sum_le. intros w Hw.
    apply Rmult_le_compat_r; [left; apply exp_pos | now apply d_at_most, in_next_in_V]. }
  assert (ZA0 : 0 < Z_all).
  { apply Rlt_le_trans with (2 := ZA). apply Rmult_lt_0_compat; [easy | now apply Rmult_lt_0_compat]. }
  assert (C : 0 <= rate * k * n_out I) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | lra]).
  apply Rle_trans with (z v * (k * d_max I * (rate * k * n_out I * d_max I / Z_all))).
  - apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_l; [left; now apply Rmult_lt_0_compat |].
    rewrite Rminus_0_r. unfold q. fold Z_next Z_all.
    replace (rate * k * n_out I * d_max I / Z_all)
      with (rate * k * n_out I / (Z_next * Z_all) * (d_max I * Z_next)) by (field; lra).
    apply Rmult_le_compat_l; [| easy]. apply Rdiv_le_0_compat; [easy | now apply Rmult_lt_0_compat].
  - replace (z v * (k * d_max I * (rate * k * n_out I * d_max I / Z_all)))
      with (rate * (k * d_max I) ^ 2 * n_out I * (z v / Z_all)) by (field; lra).
    unfold carry_hi, Rdiv. apply Rmult_le_compat_l.
    + apply Rmult_le_pos; [apply Rmult_le_pos; [lra | apply pow2_ge_0] | lra].
    + set (M := W_carry * exp (k * d_max I * mu0)) in *.
      assert (MP : 0 < M) by now apply Rmult_lt_0_compat.
      apply (proj2 (Rle_div_l _ _ _ ZA0)). apply Rmult_le_reg_r with M; [easy |].
      replace (/ M * Z_all * M) with Z_all by (field; lra). exact ZA.
Qed.

(* And no slower: D bounds d_v + 1/(r F_N) in N_c and d_v among the new vertices, m the mean in-degrees
   of both at the start:
   mu(t) - mu0 >= log(1 + b t)/(alpha s D),  b = rate (alpha s)^2 D n_out m/Z(0). *)
Definition F_F (y : R) : R := mean fresh (xi I y) (d I).
Definition carry_lo (D m : R) : R :=
  rate * k * n_out I * (k * D) * m / partition (V I) (xi_carry I mu0 omega0).

Lemma fresh_sum t : 0 <= t -> forall m, fresh = [] \/ m <= F_F mu0 ->
  m * sum fresh (fun v => exp (x t v)) <= sum fresh (fun v => d I v * exp (x t v)).
Proof.
  intros Ht m [-> | Hm]; [simpl; lra |].
  destruct fresh as [| w l] eqn:El; [simpl; lra |]. rewrite <- El in *.
  assert (Hf : fresh <> []) by now rewrite El.
  assert (E : mean fresh (x t) (d I) = F_F (mu t)).
  { apply mean_ext; [| easy]. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
    unfold x, xi_carry, xi, a. destruct (in_N I v); [easy | ring]. }
  rewrite <- (mean_times_partition fresh Hf), E. fold (partition fresh (x t)).
  apply Rmult_le_compat_r; [left; now apply partition_pos |].
  apply Rle_trans with (1 := Hm). apply mean_nondecreasing; [easy | now apply later_mu_from].
Qed.

Theorem carry_over_lower (D m : R) : 0 < D -> 0 <= m -> m <= F_N I mu0 -> fresh = [] \/ m <= F_F mu0 ->
  (forall v, In v (V I) -> in_N I v = true -> d I v + / (r * F_N I mu0) <= D) ->
  (forall v, In v (V I) -> in_N I v = false -> d I v <= D) ->
  forall t, 0 <= t -> / (k * D) * ln (1 + carry_lo D m * t) <= mu t - mu0.
Proof.
  intros HD Hm HN HF Din Dout t Ht. assert (P := alpha_s_pos I). assert (FN := F_N_pos mu0).
  assert (KD : 0 < k * D) by now apply Rmult_lt_0_compat.
  set (Z0 := partition (V I) (xi_carry I mu0 omega0)).
  assert (HZ0 : 0 < Z0) by (apply partition_pos, V_inhabited).
  assert (C : 0 <= rate * k * n_out I) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | lra]).
  assert (B : 0 <= carry_lo D m).
  { unfold carry_lo. fold Z0. apply Rdiv_le_0_compat; [| easy]. apply Rmult_le_pos; [| easy].
    apply Rmult_le_pos; lra. }
  set (z := fun t => exp (k * D * (mu t - mu0))).
  assert (Bt : 0 <= carry_lo D m * t) by now apply Rmult_le_pos.
  apply ln_at_most; [easy | lra |].
  assert (E := evolves_exp _ _ (evolves_scal (k * D) _ _ (evolves_minus _ _ _ _ later_mu (evolves_const mu0)))).
  assert (E0 : z 0 = 1) by (unfold z; rewrite mu_start, Rminus_eq_0, Rmult_0_r; apply exp_0).
  change (1 + carry_lo D m * t <= z t). rewrite <- E0. apply (grows_at_least z _ E); [| easy].
  intros v Hv. cbv beta. fold (z v). assert (Zv : 0 < z v) by apply exp_pos.
  assert (M := later_mu_from v ltac:(lra)). assert (O := later_omega_from v ltac:(lra)).
  set (Z_next := partition (next I) (x v)). set (Z_all := partition (V I) (x v)).
  assert (ZN : 0 < Z_next) by (apply partition_pos, next_inhabited).
  assert (ZP : 0 < Z_all) by (apply partition_pos, V_inhabited).
  assert (ZA : Z_all <= z v * Z0).
  { unfold Z_all, Z0, partition. rewrite <- sum_scal. apply sum_le. intros w Hw. unfold z.
    rewrite <- exp_plus. apply exp_le. unfold x, xi_carry.
    assert (A : (omega v - omega0) * a I w + (mu v - mu0) * d I w <= D * (mu v - mu0)).
    { unfold a. destruct (in_N I w) eqn:Nw.
      - change (weight I w) with 1. assert (Q := carry_over_path v ltac:(lra)).
        assert (RF : 0 < r * F_N I mu0) by now apply Rmult_lt_0_compat.
        assert (S1 : omega v - omega0 <= / (r * F_N I mu0) * (mu v - mu0)).
        { apply Rmult_le_reg_l with (r * F_N I mu0); [easy |].
          rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. lra. }
        assert (S2 : (d I w + / (r * F_N I mu0)) * (mu v - mu0) <= D * (mu v - mu0))
          by (apply Rmult_le_compat_r; [lra | now apply Din]). lra.
      - assert ((mu v - mu0) * d I w <= (mu v - mu0) * D) by (apply Rmult_le_compat_l; [lra | now apply Dout]).
        lra. }
    assert (A' := Rmult_le_compat_l k _ _ ltac:(lra) A). lra. }
  assert (SD : m * Z_next <= S_d v).
  { unfold S_d, Z_next, partition. rewrite 2 next_split.
    rewrite Rmult_plus_distr_l. apply Rplus_le_compat; [| apply fresh_sum; [lra | easy]].
    rewrite <- (mean_times_partition N_c N_c_inhabited), <- F_N_carry. fold (partition N_c (x v)).
    apply Rmult_le_compat_r; [left; apply partition_pos, N_c_inhabited |].
    apply Rle_trans with (1 := HN). now apply mean_nondecreasing; [apply N_c_inhabited |]. }
  apply Rle_trans with (z v * (k * D * (rate * k * n_out I * m / Z_all))).
  - replace (carry_lo D m) with (rate * k * n_out I * (k * D) * m * / Z0) by easy.
    replace (z v * (k * D * (rate * k * n_out I * m / Z_all)))
      with (rate * k * n_out I * (k * D) * m * (z v / Z_all)) by (field; lra).
    apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply Rmult_le_pos |]; lra |].
    apply (proj1 (Rle_div_r _ _ _ ZP)). apply Rmult_le_reg_l with Z0; [easy |].
    replace (Z0 * (/ Z0 * Z_all)) with Z_all by (field; lra). lra.
  - apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_l; [lra |].
    rewrite Rminus_0_r. unfold q. fold Z_next Z_all.
    replace (rate * k * n_out I * m / Z_all)
      with (rate * k * n_out I / (Z_next * Z_all) * (m * Z_next)) by (field; lra).
    apply Rmult_le_compat_l; [| easy]. apply Rdiv_le_0_compat; [easy | now apply Rmult_lt_0_compat].
Qed.
End Later.
