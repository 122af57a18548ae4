(* Theorem 1(a): under Coconut-BFS the logit grows for ever, and exactly like a logarithm. *)
From Coq Require Import Reals Lra Lia List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model.
Import ListNotations.
Open Scope R_scope.

(* b_lo = alpha^2 s^2 d_max n_out F_in(mu_0) / (n Z(mu_0)),
   b_hi = alpha^2 s^2 d_max^2 n_out / (n W_{d_max}). *)
Definition b_lo (I : thought) (mu0 : R) : R :=
  alpha I ^ 2 * s I ^ 2 * d_max I * n_out I * F_in I mu0 / (n I * Z I mu0).
Definition b_hi (I : thought) : R :=
  alpha I ^ 2 * s I ^ 2 * d_max I ^ 2 * n_out I / (n I * W I (d_max I)).

(* An edge starts in N_c. *)
Definition edge_leaves (I : thought) : Prop :=
  exists u v, In u (V I) /\ In v (V I) /\ in_N I u = true /\ edge (graph I) u v = true.

Section Drift.
Variable I : thought.
Notation k := (alpha I * s I).

Lemma root_in_next : In (root I) (next I).
Proof. apply filter_In. split; [apply root_in_V | apply N_root]. Qed.

Lemma next_inhabited : next I <> [].
Proof. assert (H := root_in_next). now destruct (next I). Qed.

(* The partition function over N_{c+1}. *)
Definition Z_in (mu : R) : R := partition (next I) (xi I mu).

Lemma Z_in_pos mu : 0 < Z_in mu.
Proof. apply partition_pos, next_inhabited. Qed.

(* Outside N_{c+1} every vertex has xi = 0. *)
Lemma Z_split mu : Z I mu = Z_in mu + n_out I.
Proof.
  unfold Z, Z_in, partition, next. rewrite (sum_split (in_next I) (V I)). f_equal.
  unfold n_out, count. rewrite <- (Rmult_1_r (INR _)), <- sum_const.
  apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  destruct (outside I v) as [A D]; [now destruct (in_next I v) |].
  unfold xi. rewrite A, D, Rmult_0_r, Rplus_0_r, Rmult_0_r. apply exp_0.
Qed.

Lemma sum_next (f : nat -> R) :
  sum (V I) (fun v => d I v * f v) = sum (next I) (fun v => d I v * f v).
Proof.
  unfold next. rewrite (sum_split (in_next I) (V I)).
  rewrite (sum_zero (filter (fun v => negb (in_next I v)) (V I))); [lra |].
  intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  destruct (outside I v) as [_ D]; [now destruct (in_next I v) |]. rewrite D. lra.
Qed.

(* F_in - F = n_out F_in / Z:  the drift of Coconut-BFS. *)
Lemma drift_identity mu : F_in I mu - F I mu = n_out I * F_in I mu / Z I mu.
Proof.
  assert (P := Z_pos I mu). assert (Q := Z_in_pos mu).
  assert (E : F I mu = F_in I mu * Z_in mu / Z I mu).
  { unfold F, F_in, mean. rewrite sum_next. fold (Z I mu) (Z_in mu). field. lra. }
  rewrite E. apply Rmult_eq_reg_r with (Z I mu); [| lra].
  field_simplify; [| lra | lra]. rewrite Z_split. ring.
Qed.

Lemma n_out_nonneg : 0 <= n_out I.
Proof. apply pos_INR. Qed.

Lemma in_next_in_V v : In v (next I) -> In v (V I).
Proof. intros H. now apply filter_In in H. Qed.

Lemma F_in_at_most mu : F_in I mu <= d_max I.
Proof.
  apply mean_at_most; [apply next_inhabited |]. intros v Hv. apply d_at_most, in_next_in_V, Hv.
Qed.

Lemma F_in_nonneg mu : 0 <= F_in I mu.
Proof. apply mean_nonneg; [apply next_inhabited | intros; apply d_nonneg]. Qed.

Lemma edge_degree : edge_leaves I -> exists v, In v (next I) /\ 0 < d I v.
Proof.
  intros [u [v [Hu [Hv [Nu E]]]]]. exists v. split; [| now apply (d_positive I u)].
  apply filter_In. split; [easy |]. apply N_next. right.
  apply (count_pos _ _ u Hu). unfold in_N in Nu. now rewrite Nu.
Qed.

Lemma F_in_pos mu : edge_leaves I -> 0 < F_in I mu.
Proof.
  intros H. destruct (edge_degree H) as [v [Hv Hd]].
  apply (mean_pos _ next_inhabited _ _ v); [intros; apply d_nonneg | easy | lra].
Qed.

Lemma d_max_pos : edge_leaves I -> 0 < d_max I.
Proof.
  intros H. destruct (edge_degree H) as [v [Hv Hd]].
  assert (A := d_at_most I v (in_next_in_V v Hv)). lra.
Qed.

(* The mean in-degree over any set of vertices does not fall as mu rises. *)
Lemma mean_nondecreasing l x y : l <> [] -> x <= y -> mean l (xi I x) (d I) <= mean l (xi I y) (d I).
Proof.
  intros Hl [H | <-]; [| lra].
  destruct (MVT_cor2 (fun m => mean l (xi I m) (d I)) (fun m => k * variance l (xi I m) (d I)) x y H) as [z [E _]].
  - intros m _. now apply is_derive_Reals, is_derive_mean_degree.
  - assert (A := variance_nonneg l Hl (xi I z) (d I)). assert (B := alpha_s_pos I).
    assert (0 <= k * variance l (xi I z) (d I)) by (apply Rmult_le_pos; lra). nra.
Qed.

Lemma F_in_nondecreasing x y : x <= y -> F_in I x <= F_in I y.
Proof. apply mean_nondecreasing, next_inhabited. Qed.

(* Z(y) <= Z(x) exp(alpha s d_max (y - x)) for x <= y. *)
Lemma Z_growth x y : x <= y -> Z I y <= Z I x * exp (k * d_max I * (y - x)).
Proof.
  intros H. unfold Z, partition. rewrite <- sum_scal_r. apply sum_le. intros v Hv.
  rewrite <- exp_plus. apply exp_le. unfold xi.
  assert (A := d_at_most I v Hv). assert (B := alpha_s_pos I).
  assert (k * (d I v * (y - x)) <= k * (d_max I * (y - x))); [| lra].
  apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_r; lra.
Qed.

(* Z(mu) >= W_{d_max} exp(alpha s d_max mu) *)
Lemma Z_top mu : W I (d_max I) * exp (k * d_max I * mu) <= Z I mu.
Proof.
  unfold W, Z, partition. rewrite <- sum_scal_r. apply sum_le. intros v Hv.
  destruct (Req_EM_T (d I v) (d_max I)) as [E | _].
  - rewrite Rmult_1_l, <- exp_plus. right. f_equal. unfold xi. rewrite E. ring.
  - rewrite Rmult_0_l, Rmult_0_l. left. apply exp_pos.
Qed.

Lemma W_top_pos : 0 < W I (d_max I).
Proof.
  destruct (d_max_attained I) as [w [Hw Ew]]. unfold W.
  assert (P : forall v, 0 <= (if Req_EM_T (d I v) (d_max I) then 1 else 0) * exp (k * a I v)).
  { intros v. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos]. }
  apply (sum_pos _ _ w); [auto | easy |].
  destruct (Req_EM_T (d I w) (d_max I)); [| contradiction].
  rewrite Rmult_1_l. apply exp_pos.
Qed.
Lemma kappa_s : kappa I = alpha I ^ 2 * s I ^ 2 / n I.
Proof.
  assert (H := n_pos I). assert (H3 := K_pos I). assert (H2 := sqrt_lt_R0 _ H3).
  unfold kappa, s. rewrite pow_inv, pow2_sqrt by lra. field. lra.
Qed.

(* The logarithmic speed of y^d_max = exp(alpha s d_max mu) at mu, and both bounds of its speed. *)
Definition pace (mu : R) : R := kappa I * d_max I * n_out I * F_in I mu / Z I mu.

Lemma pace_value mu :
  k * d_max I * (alpha I / (n I * sqrt (K I)) * (F_in I mu - F I mu)) = pace mu.
Proof. rewrite drift_identity. unfold pace. rewrite <- rate_kappa. unfold Rdiv. ring. Qed.

Lemma pace_factor_nonneg : 0 <= kappa I * d_max I * n_out I.
Proof.
  apply Rmult_le_pos; [apply Rmult_le_pos; [left; apply kappa_pos | apply d_max_nonneg] | apply pos_INR].
Qed.

Lemma pace_low mu0 mu : mu0 <= mu -> b_lo I mu0 <= exp (k * d_max I * (mu - mu0)) * pace mu.
Proof.
  intros M. assert (A := F_in_nondecreasing _ _ M). assert (B := Z_growth _ _ M).
  set (f := exp (k * d_max I * (mu - mu0))) in *.
  assert (P := Z_pos I mu). assert (P0 := Z_pos I mu0).
  replace (b_lo I mu0) with (kappa I * d_max I * n_out I * (F_in I mu0 / Z I mu0)).
  2: { rewrite kappa_s. unfold b_lo. assert (H := n_pos I). field. lra. }
  replace (f * pace mu) with (kappa I * d_max I * n_out I * (f * F_in I mu / Z I mu))
    by (unfold pace; field; lra).
  apply Rmult_le_compat_l; [apply pace_factor_nonneg |].
  replace (F_in I mu0 / Z I mu0) with (F_in I mu0 * (Z I mu * / Z I mu0) * / Z I mu) by (field; lra).
  apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |].
  rewrite Rmult_comm.
  assert (C : Z I mu * / Z I mu0 <= f).
  { apply Rmult_le_reg_r with (Z I mu0); [easy |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  apply Rmult_le_compat; [| apply F_in_nonneg | easy | easy].
  left. apply Rmult_lt_0_compat; [easy | now apply Rinv_0_lt_compat].
Qed.

Lemma pace_high mu : exp (k * d_max I * mu) * pace mu <= b_hi I.
Proof.
  assert (A := F_in_at_most mu). assert (A0 := F_in_nonneg mu). assert (B := Z_top mu).
  assert (P := Z_pos I mu). assert (P0 := W_top_pos).
  set (y := exp (k * d_max I * mu)) in *. assert (Py : 0 < y) by apply exp_pos.
  replace (b_hi I) with (kappa I * d_max I * n_out I * (d_max I / W I (d_max I))).
  2: { rewrite kappa_s. unfold b_hi. assert (H := n_pos I). field. lra. }
  replace (y * pace mu) with (kappa I * d_max I * n_out I * (F_in I mu * (y / Z I mu)))
    by (unfold pace; field; lra).
  apply Rmult_le_compat_l; [apply pace_factor_nonneg |].
  apply Rmult_le_compat; [easy | apply Rdiv_le_0_compat; lra | easy |].
  apply Rle_div_l; [lra |]. apply Rmult_le_reg_l with (W I (d_max I)); [lra |].
  rewrite <- Rmult_assoc, Rinv_r by lra. lra.
Qed.

Lemma b_lo_nonneg mu0 : 0 <= b_lo I mu0.
Proof.
  unfold b_lo. apply Rdiv_le_0_compat.
  - apply Rmult_le_pos; [| apply F_in_nonneg]. apply Rmult_le_pos; [| apply pos_INR].
    apply Rmult_le_pos; [| apply d_max_nonneg]. apply Rmult_le_pos; apply pow2_ge_0.
  - apply Rmult_lt_0_compat; [apply n_pos | apply Z_pos].
Qed.

Lemma b_lo_pos mu0 : 0 < n_out I -> edge_leaves I -> 0 < b_lo I mu0.
Proof.
  intros Hout He. unfold b_lo. assert (A := alpha_positive I). assert (S := s_pos I).
  assert (D := d_max_pos He). assert (F := F_in_pos mu0 He).
  apply Rdiv_lt_0_compat.
  - apply Rmult_lt_0_compat; [| easy]. apply Rmult_lt_0_compat; [| easy].
    apply Rmult_lt_0_compat; [| easy]. apply Rmult_lt_0_compat; now apply pow_lt.
  - apply Rmult_lt_0_compat; [apply n_pos | apply Z_pos].
Qed.
End Drift.

Section Flow.
Variables (I : thought) (mu : R -> R).
Hypothesis flow : bfs_flow I mu.
Notation k := (alpha I * s I).

(* The flow in the variable  y^d_max = exp(alpha s d_max (mu - mu(0))). *)
Let f (t : R) : R := exp (k * d_max I * (mu t - mu 0)).

Lemma power_evolves : evolves f (fun t => f t * pace I (mu t)).
Proof.
  apply (evolves_ext f f (fun t => f t * (k * d_max I * (alpha I / (n I * sqrt (K I))
                           * (F_in I (mu t) - F I (mu t)) - 0)))).
  - easy.
  - intros t _. now rewrite Rminus_0_r, pace_value.
  - apply evolves_exp, evolves_scal, evolves_minus; [exact flow | apply evolves_const].
Qed.

Lemma bfs_never_falls : forall u t, 0 <= u <= t -> mu u <= mu t.
Proof.
  apply (never_falls mu _ flow). intros t _. rewrite drift_identity.
  apply Rmult_le_pos; [left; apply rate_pos |].
  apply Rdiv_le_0_compat; [| apply Z_pos].
  apply Rmult_le_pos; [apply n_out_nonneg | apply F_in_nonneg].
Qed.

(* Theorem 1(a), growth:  mu' > 0 for all t, if some vertex lies outside N_{c+1} and some edge
   starts in N_c. *)
Theorem T1a_increases : 0 < n_out I -> edge_leaves I ->
  forall u t, 0 <= u < t -> mu u < mu t.
Proof.
  intros Hout He. apply (rises mu _ flow). intros t _. rewrite drift_identity.
  apply Rmult_lt_0_compat; [apply rate_pos |].
  apply Rdiv_lt_0_compat; [| apply Z_pos].
  apply Rmult_lt_0_compat; [easy | now apply F_in_pos].
Qed.

(* Theorem 1(a), lower bound in its exponential form, from any start:
   exp(alpha s d_max (mu(t) - mu(0))) >= 1 + b_lo t. *)
Theorem T1a_lower_power : forall t, 0 <= t -> 1 + b_lo I (mu 0) * t <= f t.
Proof.
  intros t Ht. replace 1 with (f 0).
  2: { unfold f. rewrite Rminus_eq_0, Rmult_0_r. apply exp_0. }
  apply (grows_at_least f _ power_evolves); [| easy].
  intros u Hu. apply pace_low, bfs_never_falls. lra.
Qed.

(* Theorem 1(a), upper bound in its exponential form, from any start:
   exp(alpha s d_max mu(t)) <= exp(alpha s d_max mu(0)) + b_hi t. *)
Theorem T1a_upper_power : forall t, 0 <= t ->
  exp (k * d_max I * mu t) <= exp (k * d_max I * mu 0) + b_hi I * t.
Proof.
  intros t Ht. set (y0 := exp (k * d_max I * mu 0)). assert (Y : 0 < y0) by apply exp_pos.
  assert (E : forall u, exp (k * d_max I * mu u) = y0 * f u).
  { intros u. unfold y0, f. rewrite <- exp_plus. f_equal. ring. }
  rewrite E. replace y0 with (y0 * f 0) at 2.
  2: { unfold f. rewrite Rminus_eq_0, Rmult_0_r, exp_0. ring. }
  apply (grows_at_most _ _ (evolves_scal y0 _ _ power_evolves)); [| easy].
  intros u Hu. cbv beta. rewrite <- Rmult_assoc, <- E. apply pace_high.
Qed.

Section Logarithms.
Hypothesis leaves : edge_leaves I.

Let kd_pos : 0 < k * d_max I.
Proof. apply Rmult_lt_0_compat; [apply alpha_s_pos | now apply d_max_pos]. Qed.

(* Theorem 1(a), both bounds from every start mu0; b_hi/e^{alpha s d_max mu0} is b_hi for the weights
   W_d e^{alpha s d mu0}. *)
Theorem T1a_start : forall t, 0 <= t ->
  / (k * d_max I) * ln (1 + b_lo I (mu 0) * t) <= mu t - mu 0 <=
  / (k * d_max I) * ln (1 + b_hi I / exp (k * d_max I * mu 0) * t).
Proof.
  intros t Ht. split.
  - apply ln_at_most; [easy | | now apply T1a_lower_power].
    assert (0 <= b_lo I (mu 0) * t) by (apply Rmult_le_pos; [apply b_lo_nonneg | easy]). lra.
  - apply ln_at_least; [easy |]. assert (P := exp_pos (k * d_max I * mu 0)).
    apply Rmult_le_reg_l with (exp (k * d_max I * mu 0)); [easy |]. rewrite <- exp_plus.
    replace (k * d_max I * mu 0 + k * d_max I * (mu t - mu 0)) with (k * d_max I * mu t) by ring.
    replace (exp (k * d_max I * mu 0) * (1 + b_hi I / exp (k * d_max I * mu 0) * t))
      with (exp (k * d_max I * mu 0) + b_hi I * t) by (field; lra).
    now apply T1a_upper_power.
Qed.
End Logarithms.

Section FromZero.
Hypothesis start : mu 0 = 0.
Hypothesis leaves : edge_leaves I.

(* Theorem 1(a), lower bound:  (1/(alpha s d_max)) log(1 + b_lo t) <= mu(t)  for all t >= 0. *)
Theorem T1a_lower : forall t, 0 <= t -> / (k * d_max I) * ln (1 + b_lo I 0 * t) <= mu t.
Proof. intros t Ht. destruct (T1a_start leaves t Ht) as [H _]. rewrite start in H. lra. Qed.

(* Theorem 1(a), upper bound:  mu(t) <= (1/(alpha s d_max)) log(1 + b_hi t)  for all t >= 0. *)
Theorem T1a_upper : forall t, 0 <= t -> mu t <= / (k * d_max I) * ln (1 + b_hi I * t).
Proof.
  intros t Ht. destruct (T1a_start leaves t Ht) as [_ H].
  rewrite start, Rmult_0_r, exp_0 in H. unfold Rdiv in H. rewrite Rinv_1, Rmult_1_r in H. lra.
Qed.
End FromZero.

(* Theorem 1(a):  mu(t) -> +oo, from every start. *)
Theorem T1a : 0 < n_out I -> edge_leaves I -> is_lim mu p_infty p_infty.
Proof.
  intros Hout He.
  assert (P : 0 < k * d_max I) by (apply Rmult_lt_0_compat; [apply alpha_s_pos | now apply d_max_pos]).
  assert (B := b_lo_pos I (mu 0) Hout He).
  apply is_lim_spec. intros M.
  exists (Rmax 0 (exp (k * d_max I * (M - mu 0)) / b_lo I (mu 0))). intros t Ht.
  assert (X := Rmax_l 0 (exp (k * d_max I * (M - mu 0)) / b_lo I (mu 0))).
  assert (Y := Rmax_r 0 (exp (k * d_max I * (M - mu 0)) / b_lo I (mu 0))).
  assert (L := T1a_lower_power t ltac:(lra)). unfold f in L.
  assert (E : exp (k * d_max I * (M - mu 0)) < exp (k * d_max I * (mu t - mu 0))).
  { apply Rlt_le_trans with (2 := L).
    assert (T : exp (k * d_max I * (M - mu 0)) / b_lo I (mu 0) < t) by lra.
    apply (Rmult_lt_compat_l (b_lo I (mu 0))) in T; [| easy].
    replace (b_lo I (mu 0) * (exp (k * d_max I * (M - mu 0)) / b_lo I (mu 0)))
      with (exp (k * d_max I * (M - mu 0))) in T by (field; lra). lra. }
  apply exp_lt_inv in E. apply Rmult_lt_reg_l in E; lra.
Qed.

(* Nothing outside N_{c+1}: nothing moves. *)
Theorem T1a_constant : n_out I = 0 -> forall t, 0 <= t -> mu t = mu 0.
Proof.
  intros H. apply (stands_still mu _ flow). intros t _. rewrite drift_identity, H.
  unfold Rdiv. ring.
Qed.

(* No edge from N_c: the same. *)
Theorem T1a_no_edge : ~ edge_leaves I -> forall t, 0 <= t -> mu t = mu 0.
Proof.
  intros No. apply (stands_still mu _ flow). intros t _. rewrite drift_identity.
  assert (Z : F_in I (mu t) = 0); [| rewrite Z; unfold Rdiv; ring].
  unfold F_in, mean. rewrite (sum_zero (next I)); [unfold Rdiv; ring |]. intros v Hv.
  assert (Hd : d I v = 0); [| rewrite Hd; ring].
  apply sum_zero. intros u Hu. unfold a. destruct (in_N I u) eqn:N; [| ring].
  destruct (edge (graph I) u v) eqn:E; [exfalso | simpl; ring].
  apply No. exists u, v. repeat split; try easy. now apply in_next_in_V.
Qed.
End Flow.
