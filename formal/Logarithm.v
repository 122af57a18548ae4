(* How fast the logit diverges: like a logarithm, with its own constant in each of the three
   cases.  Theorem 1(a), and Theorem 1(b) at d_star = d_max and at d_star = d_min. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity Bounded DivergesBfs Ends.
Import ListNotations.
Open Scope R_scope.

(* Theorem 1(a):  mu(t) ~ log t / (alpha s d_max). *)
Theorem T1a_log (I : thought) (mu : R -> R) :
  bfs_flow I mu -> mu 0 = 0 -> 0 < n_out I -> edge_leaves I ->
  is_lim (fun t => mu t / ln t) p_infty (/ (alpha I * s I * d_max I)).
Proof.
  intros flow H0 Hout He. assert (Hk := alpha_s_pos I). assert (Hd := d_max_pos I He).
  assert (A := alpha_positive I). assert (S := s_pos I).
  assert (A2 : 0 < alpha I ^ 2 * s I ^ 2 * d_max I)
    by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; now apply pow_lt | easy]).
  assert (A3 : 0 < alpha I ^ 2 * s I ^ 2 * d_max I ^ 2)
    by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat |]; now apply pow_lt).
  apply (log_law mu _ (b_lo I 0) (b_hi I)).
  - now apply Rmult_lt_0_compat.
  - unfold b_lo. apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; [apply n_pos | apply Z_pos]].
    apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | now apply F_in_pos].
  - unfold b_hi. apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; [apply n_pos | apply W_top_pos]].
    now apply Rmult_lt_0_compat.
  - now apply T1a_lower.
  - now apply T1a_upper.
Qed.

(* The readout at mu0 over alpha s. *)
Definition from (I : thought) (mu0 : R) (v : nat) : R := a I v + mu0 * d I v.

(* W_D e^{alpha s D mu0} *)
Definition W_from (I : thought) (mu0 D : R) : R := W I D * exp (alpha I * s I * (mu0 * D)).

Lemma weight_at_W I mu0 x y D : (forall v, In v (V I) -> (x v = y <-> d I v = D)) ->
  weight_at I (from I mu0) x y = W_from I mu0 D.
Proof.
  intros H. unfold W_from, W, weight_at. rewrite <- sum_scal_r. apply sum_ext. intros v Hv. specialize (H v Hv).
  destruct (Req_EM_T (x v) y) as [E | E], (Req_EM_T (d I v) D) as [E' | E']; try tauto; [| ring].
  rewrite 2 Rmult_1_l, <- exp_plus. f_equal. unfold from. rewrite E'. ring.
Qed.

Lemma weight_all_Z I mu0 : weight_all I (from I mu0) = Z I mu0.
Proof. easy. Qed.

(* The constants of the bounds at d_star = d_max and at d_star = d_min, with d' the nearest other
   in-degree that occurs and g = |d_star - d'|, from mu0:
   b_lo = kappa g^2 W_{d'} / Z,  b_hi = kappa g sum_v |d_star - d_v| exp(alpha s a_v) / W_{d_star},
   with the weights W_d e^{alpha s d mu0}. *)
Definition leave_lo_from (I : thought) (mu0 d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') * (Rabs (d_star - d') * W_from I mu0 d' / Z I mu0).
Definition leave_hi_from (I : thought) (mu0 d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') *
  (sum (V I) (fun v => Rabs (d_star - d I v) * exp (xi I mu0 v)) / W_from I mu0 d_star).

(* From mu0 = 0. *)
Definition leave_lo (I : thought) (d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') * (Rabs (d_star - d') * W I d' / Z I 0).
Definition leave_hi (I : thought) (d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') *
  (sum (V I) (fun v => Rabs (d_star - d I v) * exp (alpha I * s I * a I v)) / W I d_star).

Lemma leave_from_0 I d_star d' :
  leave_lo_from I 0 d_star d' = leave_lo I d_star d' /\ leave_hi_from I 0 d_star d' = leave_hi I d_star d'.
Proof.
  assert (E : forall D, W_from I 0 D = W I D).
  { intros D. unfold W_from. rewrite Rmult_0_l, Rmult_0_r, exp_0. ring. }
  unfold leave_lo_from, leave_hi_from. rewrite 2 E. split; [easy |]. unfold leave_hi. do 2 f_equal.
  apply sum_ext. intros v _. do 2 f_equal. unfold xi. ring.
Qed.

(* The two ends of the range of d_star, from the same section: x_v = d_max - d_v with
   nu = mu - mu0, and x_v = d_v - d_min with nu = mu0 - mu; u has the nearest other in-degree. *)
Section Ends.
Variables (I : thought) (mu0 : R) (u : nat).
Notation k := (alpha I * s I).

Definition above (v : nat) : R := d_max I - d I v.
Definition over (v : nat) : R := d I v - d_min I.

Lemma up_velocity y : d_max I - F I (mu0 + y) = leave I (from I mu0) above y.
Proof.
  unfold leave, above. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) H (xi I (mu0 + y)) (fun v => k * (from I mu0 v - y * (d_max I - d I v)))
             (d I) (k * y * d_max I)); [easy |].
  intros v _. unfold xi, from. ring.
Qed.

Lemma down_velocity y : F I (mu0 - y) - d_min I = leave I (from I mu0) over y.
Proof.
  unfold leave, over. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) H (xi I (mu0 - y)) (fun v => k * (from I mu0 v - y * (d I v - d_min I)))
             (d I) (- (k * y * d_min I))); [ring |].
  intros v _. unfold xi, from. ring.
Qed.

Lemma bottom_up : 0 < weight_at I (from I mu0) above 0.
Proof.
  destruct (d_max_attained I) as [w [Hw Ew]]. apply (weight_at_pos _ _ _ _ w); [easy | unfold above; lra].
Qed.

Lemma bottom_down : 0 < weight_at I (from I mu0) over 0.
Proof.
  destruct (d_min_attained I) as [w [Hw Ew]]. apply (weight_at_pos _ _ _ _ w); [easy | unfold over; lra].
Qed.

Lemma above_values : (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall v, In v (V I) -> above v = 0 \/ above u <= above v.
Proof.
  intros H2 v Hv. unfold above. assert (A := d_at_most I v Hv).
  destruct (Rlt_or_le (d I v) (d_max I)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
Qed.

Lemma over_values : (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall v, In v (V I) -> over v = 0 \/ over u <= over v.
Proof.
  intros H2 v Hv. unfold over. assert (A := d_at_least I v Hv).
  destruct (Rlt_or_le (d_min I) (d I v)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
Qed.

(* Both ends have the constants above. *)
Lemma end_constants (x : nat -> R) d_star : (forall v, In v (V I) -> x v = Rabs (d_star - d I v)) ->
  (forall v, In v (V I) -> (x v = x u <-> d I v = d I u)) -> x u = Rabs (d_star - d I u) ->
  end_lo I (from I mu0) x (x u) = leave_lo_from I mu0 d_star (d I u) /\
  end_hi I (from I mu0) x (x u) = leave_hi_from I mu0 d_star (d I u).
Proof.
  intros E Eu Ex. unfold end_lo, end_hi, leave_lo_from, leave_hi_from, weight_gap.
  rewrite (weight_at_W I mu0 x (x u) (d I u) Eu), weight_all_Z, Ex.
  rewrite (weight_at_W I mu0 x 0 d_star).
  - split; [easy |]. do 2 f_equal. apply sum_ext. intros v Hv. now rewrite E.
  - intros v Hv. rewrite E by easy. split; intros Z.
    + destruct (Req_dec (d_star - d I v) 0) as [| N]; [lra | now apply Rabs_no_R0 in N].
    + rewrite Z, Rminus_eq_0. apply Rabs_R0.
Qed.

Lemma up_constants : d I u < d_max I ->
  end_lo I (from I mu0) above (above u) = leave_lo_from I mu0 (d_max I) (d I u) /\
  end_hi I (from I mu0) above (above u) = leave_hi_from I mu0 (d_max I) (d I u).
Proof.
  intros H. apply end_constants.
  - intros v Hv. assert (A := d_at_most I v Hv). unfold above. rewrite Rabs_pos_eq; lra.
  - intros v _. unfold above. lra.
  - unfold above. rewrite Rabs_pos_eq; lra.
Qed.

Lemma down_constants : d_min I < d I u ->
  end_lo I (from I mu0) over (over u) = leave_lo_from I mu0 (d_min I) (d I u) /\
  end_hi I (from I mu0) over (over u) = leave_hi_from I mu0 (d_min I) (d I u).
Proof.
  intros H. apply end_constants.
  - intros v Hv. assert (A := d_at_least I v Hv). unfold over. rewrite Rabs_minus_sym, Rabs_pos_eq; lra.
  - intros v _. unfold over. lra.
  - unfold over. rewrite Rabs_minus_sym, Rabs_pos_eq; lra.
Qed.
End Ends.

Section Cases.
Variables (I : thought) (mu : R -> R).

Lemma up_flow : coconut_flow I (d_max I) mu -> evolves (fun t => mu t - mu 0) (fun t =>
  alpha I / (n I * sqrt (K I)) * leave I (from I (mu 0)) (above I) (mu t - mu 0)).
Proof.
  intros flow. eapply evolves_ext; [| | exact (evolves_minus _ _ _ _ flow (evolves_const (mu 0)))]; [easy |].
  intros t _. cbv beta. rewrite <- up_velocity. replace (mu 0 + (mu t - mu 0)) with (mu t) by ring. ring.
Qed.

Lemma down_flow : coconut_flow I (d_min I) mu -> evolves (fun t => mu 0 - mu t) (fun t =>
  alpha I / (n I * sqrt (K I)) * leave I (from I (mu 0)) (over I) (mu 0 - mu t)).
Proof.
  intros flow. eapply evolves_ext; [| | exact (evolves_minus _ _ _ _ (evolves_const (mu 0)) flow)]; [easy |].
  intros t _. cbv beta. rewrite <- down_velocity. replace (mu 0 - (mu 0 - mu t)) with (mu t) by ring. ring.
Qed.

Variable u : nat.
Notation bound g b := (/ (alpha I * s I * g) * ln (1 + b)).

(* Theorem 1(b) at d_star = d_max from every start, with u of the second-largest in-degree that occurs. *)
Theorem T1b_up_start :
  coconut_flow I (d_max I) mu -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall t, 0 <= t ->
  bound (d_max I - d I u) (leave_lo_from I (mu 0) (d_max I) (d I u) * t) <= mu t - mu 0 <=
  bound (d_max I - d I u) (leave_hi_from I (mu 0) (d_max I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (up_constants I (mu 0) u Hlt) as [<- <-].
  assert (Hg := Rlt_Rminus _ _ Hlt). assert (Hx := above_values I u H2). assert (Hb := bottom_up I (mu 0)).
  assert (H0 := Rminus_eq_0 (mu 0)). split.
  - now apply (end_lower I _ (above I) (above I u) Hg Hx Hb _ (up_flow flow)).
  - now apply (end_upper I _ (above I) (above I u) Hg Hx Hb _ (up_flow flow)).
Qed.

(* Theorem 1(b) at d_star = d_min from every start, with u of the second-smallest in-degree. *)
Theorem T1b_down_start :
  coconut_flow I (d_min I) mu -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall t, 0 <= t ->
  bound (d I u - d_min I) (leave_lo_from I (mu 0) (d_min I) (d I u) * t) <= mu 0 - mu t <=
  bound (d I u - d_min I) (leave_hi_from I (mu 0) (d_min I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (down_constants I (mu 0) u Hlt) as [<- <-].
  assert (Hg := Rlt_Rminus _ _ Hlt). assert (Hx := over_values I u H2). assert (Hb := bottom_down I (mu 0)).
  assert (H0 := Rminus_eq_0 (mu 0)). split.
  - now apply (end_lower I _ (over I) (over I u) Hg Hx Hb _ (down_flow flow)).
  - now apply (end_upper I _ (over I) (over I u) Hg Hx Hb _ (down_flow flow)).
Qed.
End Cases.

(* The same from mu(0) = 0, and the asymptotic laws. *)
Section FromZero.
Variables (I : thought) (mu : R -> R).
Hypothesis start : mu 0 = 0.
Variable u : nat.

(* mu(t) ~ log t / (alpha s (d_max - d_u)) *)
Theorem T1b_up_log :
  coconut_flow I (d_max I) mu -> In u (V I) -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  is_lim (fun t => mu t / ln t) p_infty (/ (alpha I * s I * (d_max I - d I u))).
Proof.
  intros flow Hu Hlt H2. assert (U := up_flow I mu flow).
  apply (is_lim_ext (fun t => (mu t - mu 0) / ln t)); [intros t; rewrite start; f_equal; ring |].
  apply (end_log I _ (above I) (above I u) (Rlt_Rminus _ _ Hlt) (above_values I u H2) (bottom_up I _) _ U).
  - apply Rminus_eq_0.
  - now apply (weight_at_pos _ _ _ _ u).
Qed.

Theorem T1b_up_bounds :
  coconut_flow I (d_max I) mu -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_lo I (d_max I) (d I u) * t) <= mu t <=
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_hi I (d_max I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. assert (X := T1b_up_start I mu u flow Hlt H2 t Ht).
  destruct (leave_from_0 I (d_max I) (d I u)) as [<- <-]. rewrite start in X. lra.
Qed.

(* mu(t) ~ - log t / (alpha s (d_u - d_min)) *)
Theorem T1b_down_log :
  coconut_flow I (d_min I) mu -> In u (V I) -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  is_lim (fun t => -1 * mu t / ln t) p_infty (/ (alpha I * s I * (d I u - d_min I))).
Proof.
  intros flow Hu Hlt H2. assert (U := down_flow I mu flow).
  apply (is_lim_ext (fun t => (mu 0 - mu t) / ln t)); [intros t; rewrite start; f_equal; ring |].
  apply (end_log I _ (over I) (over I u) (Rlt_Rminus _ _ Hlt) (over_values I u H2) (bottom_down I _) _ U).
  - apply Rminus_eq_0.
  - now apply (weight_at_pos _ _ _ _ u).
Qed.

Theorem T1b_down_bounds :
  coconut_flow I (d_min I) mu -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_lo I (d_min I) (d I u) * t) <= - mu t <=
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_hi I (d_min I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. assert (X := T1b_down_start I mu u flow Hlt H2 t Ht).
  destruct (leave_from_0 I (d_min I) (d I u)) as [<- <-]. rewrite start in X. lra.
Qed.
End FromZero.
