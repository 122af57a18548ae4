(* The velocity alpha/(n sqrt K) (d_star - F(mu)) of the Coconut flow: its slope - kappa Var(mu),
   and the two ends F(-oo) = d_min, F(+oo) = d_max. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model.
Import ListNotations.
Open Scope R_scope.

(* ** The velocity and its slope *)
Section Velocity.
Variables (I : thought) (d_star : R).

Definition velocity (x : R) : R := alpha I / (n I * sqrt (K I)) * (d_star - F I x).
Definition slope (x : R) : R := - kappa I * Var I x.

Lemma is_derive_velocity x : is_derive velocity x (slope x).
Proof.
  unfold velocity, slope. rewrite <- rate_kappa.
  apply (is_derive_ext (fun y => alpha I / (n I * sqrt (K I)) * (d_star + -1 * F I y)));
    [intros; simpl; ring |].
  replace (- (alpha I / (n I * sqrt (K I)) * (alpha I * s I)) * Var I x)
    with (alpha I / (n I * sqrt (K I)) * (0 + -1 * (alpha I * s I * Var I x))) by ring.
  apply is_derive_scal. apply (is_derive_plus (V := R_NormedModule) (fun _ => d_star)).
  - apply (is_derive_const (V := R_NormedModule)).
  - apply is_derive_scal, is_derive_F.
Qed.

Lemma slope_range x : - (kappa I * (d_max I * d_max I)) <= slope x <= 0.
Proof.
  assert (H := kappa_pos I). assert (H1 := Var_nonneg I x). assert (H2 := Var_at_most I x).
  unfold slope. split; nra.
Qed.

Lemma slope_negative : d_min I < d_max I -> forall x, slope x < 0.
Proof.
  intros H x. assert (H0 := kappa_pos I). assert (H1 := Var_pos I x H). unfold slope. nra.
Qed.

Lemma velocity_zero x : velocity x = 0 <-> F I x = d_star.
Proof.
  assert (H := rate_pos I). unfold velocity. split; intros E; [| rewrite E; ring].
  apply Rmult_integral in E. lra.
Qed.

Lemma velocity_positive x : 0 < velocity x <-> F I x < d_star.
Proof.
  assert (H := rate_pos I). unfold velocity. split; intros E; [nra |].
  apply Rmult_lt_0_compat; lra.
Qed.

Lemma velocity_negative x : velocity x < 0 <-> d_star < F I x.
Proof. assert (H := rate_pos I). unfold velocity. split; intros E; nra. Qed.
End Velocity.

(* ** F is squeezed to d_max as mu -> oo, and to d_min as mu -> -oo *)
Section Ends.
Variable I : thought.
Notation k := (alpha I * s I).

Lemma F_increases x y : d_min I < d_max I -> x < y -> F I x < F I y.
Proof.
  intros H Hxy. assert (Hr := rate_pos I).
  assert (X := decreasing (velocity I 0) (slope I) (is_derive_velocity I 0) (slope_negative I H) x y Hxy).
  unfold velocity in X. nra.
Qed.

Lemma F_nondecreasing x y : x <= y -> F I x <= F I y.
Proof.
  intros Hxy. assert (Hr := rate_pos I).
  assert (X := nonincreasing (velocity I 0) (slope I) (is_derive_velocity I 0)
                 (fun z => proj2 (slope_range I z)) x y Hxy).
  unfold velocity in X. nra.
Qed.

Lemma u_exp_minus_u u : u * exp (- u) <= 1.
Proof.
  assert (P := exp_pos (- u)). assert (E : exp u * exp (- u) = 1).
  { rewrite <- exp_plus. replace (u + - u) with 0 by ring. apply exp_0. }
  assert (H := exp_ineq1_le u). nra.
Qed.

(* One vertex w of extreme degree holds the mean of the gap x_v = |d_v - d_w| down to C/(k |mu|). *)
Lemma gap_mean (x : nat -> R) (w : nat) (y : R) :
  In w (V I) -> x w = 0 -> 0 < y ->
  mean (V I) (fun v => k * (a I v - y * x v)) x <=
  sum (V I) (fun v => exp (k * (a I v - a I w))) / (k * y).
Proof.
  intros Hw Hx Hy. assert (Hk := alpha_s_pos I).
  set (f := fun v => k * (a I v - y * x v)).
  assert (P : exp (k * a I w) <= partition (V I) f).
  { apply Rle_trans with (exp (f w)); [unfold f; rewrite Hx; right; f_equal; ring |].
    apply (sum_at_least (V I) (fun v => exp (f v)) w); [intros; left; apply exp_pos | easy]. }
  assert (Pw := exp_pos (k * a I w)).
  unfold mean. apply Rle_div_l; [lra |].
  apply Rle_trans with (sum (V I) (fun v => exp (k * (a I v - a I w))) / (k * y) * exp (k * a I w)).
  - unfold Rdiv. rewrite Rmult_assoc, <- sum_scal_r. apply sum_le. intros v _.
    unfold f. rewrite Rmult_comm with (r1 := / (k * y)).
    replace (k * (a I v - y * x v)) with (k * (a I v - a I w) + (k * a I w + - (k * y * x v))) by ring.
    rewrite 2 exp_plus.
    assert (U := u_exp_minus_u (k * y * x v)).
    assert (E1 := exp_pos (k * (a I v - a I w))).
    assert (Hky : 0 < k * y) by now apply Rmult_lt_0_compat.
    assert (U' : x v * exp (- (k * y * x v)) <= / (k * y)).
    { apply Rmult_le_reg_l with (k * y); [easy |]. rewrite Rinv_r by lra. lra. }
    assert (E2 : 0 < exp (k * (a I v - a I w)) * exp (k * a I w)) by now apply Rmult_lt_0_compat.
    replace (x v * (exp (k * (a I v - a I w)) * (exp (k * a I w) * exp (- (k * y * x v)))))
      with (exp (k * (a I v - a I w)) * exp (k * a I w) * (x v * exp (- (k * y * x v)))) by ring.
    replace (exp (k * (a I v - a I w)) * (exp (k * a I w) * / (k * y)))
      with (exp (k * (a I v - a I w)) * exp (k * a I w) * / (k * y)) by ring.
    apply Rmult_le_compat_l; lra.
  - apply Rmult_le_compat_l; [| easy].
    apply Rdiv_le_0_compat; [| now apply Rmult_lt_0_compat].
    apply sum_nonneg. intros; left; apply exp_pos.
Qed.

Lemma F_near_max : exists C, forall y, 0 < y -> d_max I - F I y <= C / y.
Proof.
  destruct (d_max_attained I) as [w [Hw Ew]]. assert (Hk := alpha_s_pos I).
  exists (sum (V I) (fun v => exp (k * (a I v - a I w))) / k). intros y Hy.
  assert (G := gap_mean (fun v => d_max I - d I v) w y Hw ltac:(lra) Hy).
  replace (sum (V I) (fun v => exp (k * (a I v - a I w))) / k / y)
    with (sum (V I) (fun v => exp (k * (a I v - a I w))) / (k * y))
    by (field; repeat split; assert (Ha := alpha_positive I); assert (Hs := s_pos I); lra).
  apply Rle_trans with (2 := G). right.
  rewrite (mean_minus _ (V_inhabited I)), (mean_const _ (V_inhabited I)). f_equal.
  unfold F, mean, partition.
  assert (E : forall v, exp (xi I y v)
                        = exp (k * (a I v - y * (d_max I - d I v))) * exp (k * y * d_max I)).
  { intros v. rewrite <- exp_plus. f_equal. unfold xi. ring. }
  rewrite (sum_ext _ _ (fun v => d I v * exp (k * (a I v - y * (d_max I - d I v)))
                                 * exp (k * y * d_max I))) by (intros; rewrite E; ring).
  rewrite (sum_ext _ (fun v => exp (xi I y v)) _ (fun v _ => E v)).
  rewrite 2 sum_scal_r. assert (P := exp_pos (k * y * d_max I)).
  assert (Q := partition_pos (V I) (fun v => k * (a I v - y * (d_max I - d I v))) (V_inhabited I)).
  unfold partition in Q. field. lra.
Qed.

Lemma F_near_min : exists C, forall y, 0 < y -> F I (- y) - d_min I <= C / y.
Proof.
  destruct (d_min_attained I) as [w [Hw Ew]]. assert (Hk := alpha_s_pos I).
  exists (sum (V I) (fun v => exp (k * (a I v - a I w))) / k). intros y Hy.
  assert (G := gap_mean (fun v => d I v - d_min I) w y Hw ltac:(lra) Hy).
  replace (sum (V I) (fun v => exp (k * (a I v - a I w))) / k / y)
    with (sum (V I) (fun v => exp (k * (a I v - a I w))) / (k * y))
    by (field; repeat split; assert (Ha := alpha_positive I); assert (Hs := s_pos I); lra).
  apply Rle_trans with (2 := G). right.
  rewrite (mean_minus _ (V_inhabited I)), (mean_const _ (V_inhabited I)). f_equal.
  unfold F, mean, partition.
  assert (E : forall v, exp (xi I (- y) v)
                        = exp (k * (a I v - y * (d I v - d_min I))) * exp (- (k * y * d_min I))).
  { intros v. rewrite <- exp_plus. f_equal. unfold xi. ring. }
  rewrite (sum_ext _ _ (fun v => d I v * exp (k * (a I v - y * (d I v - d_min I)))
                                 * exp (- (k * y * d_min I)))) by (intros; rewrite E; ring).
  rewrite (sum_ext _ (fun v => exp (xi I (- y) v)) _ (fun v _ => E v)).
  rewrite 2 sum_scal_r. assert (P := exp_pos (- (k * y * d_min I))).
  assert (Q := partition_pos (V I) (fun v => k * (a I v - y * (d I v - d_min I))) (V_inhabited I)).
  unfold partition in Q. field. lra.
Qed.

Lemma F_passes d_star : d_star < d_max I -> exists y, 0 < y /\ d_star < F I y.
Proof.
  intros H. destruct F_near_max as [C HC].
  set (y := (Rmax C 0 + 1) / (d_max I - d_star)). exists y.
  assert (B := Rmax_l C 0). assert (B' := Rmax_r C 0).
  assert (Hy : 0 < y) by (apply Rdiv_lt_0_compat; lra). split; [easy |].
  assert (X := HC y Hy). assert (C / y < d_max I - d_star); [| lra].
  apply Rlt_div_l; [easy |]. unfold y. field_simplify; lra.
Qed.

Lemma F_sinks d_star : d_min I < d_star -> exists y, 0 < y /\ F I (- y) < d_star.
Proof.
  intros H. destruct F_near_min as [C HC].
  set (y := (Rmax C 0 + 1) / (d_star - d_min I)). exists y.
  assert (B := Rmax_l C 0). assert (B' := Rmax_r C 0).
  assert (Hy : 0 < y) by (apply Rdiv_lt_0_compat; lra). split; [easy |].
  assert (X := HC y Hy). assert (C / y < d_star - d_min I); [| lra].
  apply Rlt_div_l; [easy |]. unfold y. field_simplify; lra.
Qed.
End Ends.
