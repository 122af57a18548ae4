(* Means under a softmax: the law on a finite list V that gives v a weight proportional to
   exp(xi v). *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Sums.
Import ListNotations.
Open Scope R_scope.

Section Softmax.
Context {A : Type}.
Implicit Types (V : list A) (xi d f : A -> R).

(* Z = sum_v exp(xi_v) *)
Definition partition V xi : R := sum V (fun v => exp (xi v)).

(* E[f] = sum_v f_v exp(xi_v) / Z *)
Definition mean V xi f : R := sum V (fun v => f v * exp (xi v)) / partition V xi.

(* Var(f) = E[(f - E[f])^2] *)
Definition variance V xi f : R := mean V xi (fun v => (f v - mean V xi f) ^ 2).

Lemma partition_pos V xi : V <> [] -> 0 < partition V xi.
Proof.
  destruct V as [| w V]; [easy | intros _].
  apply (sum_pos _ _ w); [| now left |]; intros; [left |]; apply exp_pos.
Qed.

Section Nonempty.
Variable V : list A.
Hypothesis inhabited : V <> [].

Lemma mean_times_partition xi f :
  mean V xi f * partition V xi = sum V (fun v => f v * exp (xi v)).
Proof. assert (P := partition_pos V xi inhabited). unfold mean. field. lra. Qed.

Lemma mean_ext xi xi' f f' :
  (forall v, In v V -> xi v = xi' v) -> (forall v, In v V -> f v = f' v) ->
  mean V xi f = mean V xi' f'.
Proof.
  intros H H'. unfold mean, partition. f_equal.
  - apply sum_ext. intros v Hv. now rewrite H, H'.
  - apply sum_ext. intros v Hv. now rewrite H.
Qed.

Lemma mean_const xi c : mean V xi (fun _ => c) = c.
Proof.
  assert (P := partition_pos V xi inhabited). unfold mean. rewrite sum_scal.
  unfold partition in *. field. lra.
Qed.

Lemma mean_plus xi f g : mean V xi (fun v => f v + g v) = mean V xi f + mean V xi g.
Proof.
  assert (P := partition_pos V xi inhabited). unfold mean.
  rewrite <- Rdiv_plus_distr, <- sum_plus. f_equal. apply sum_ext; intros; lra.
Qed.

Lemma mean_scal xi c f : mean V xi (fun v => c * f v) = c * mean V xi f.
Proof.
  unfold mean, Rdiv. rewrite <- Rmult_assoc. f_equal.
  rewrite <- sum_scal. apply sum_ext; intros; lra.
Qed.

Lemma mean_minus xi f g : mean V xi (fun v => f v - g v) = mean V xi f - mean V xi g.
Proof.
  replace (mean V xi f - mean V xi g) with (mean V xi f + -1 * mean V xi g) by ring.
  rewrite <- mean_scal, <- mean_plus. apply mean_ext; intros; lra.
Qed.

Lemma mean_nonneg xi f : (forall v, In v V -> 0 <= f v) -> 0 <= mean V xi f.
Proof.
  intros H. apply Rdiv_le_0_compat; [| now apply partition_pos].
  apply sum_nonneg. intros v Hv. apply Rmult_le_pos; [auto | left; apply exp_pos].
Qed.

Lemma mean_pos xi f w : (forall v, In v V -> 0 <= f v) -> In w V -> 0 < f w -> 0 < mean V xi f.
Proof.
  intros H Hw Hp. apply Rdiv_lt_0_compat; [| now apply partition_pos].
  apply (sum_pos _ _ w); [| easy |].
  - intros v Hv. apply Rmult_le_pos; [auto | left; apply exp_pos].
  - apply Rmult_lt_0_compat; [easy | apply exp_pos].
Qed.

Lemma mean_le xi f g : (forall v, In v V -> f v <= g v) -> mean V xi f <= mean V xi g.
Proof.
  intros H. assert (0 <= mean V xi (fun v => g v - f v)).
  { apply mean_nonneg. intros v Hv. specialize (H v Hv). lra. }
  rewrite mean_minus in H0. lra.
Qed.

Lemma mean_lt xi f g w :
  (forall v, In v V -> f v <= g v) -> In w V -> f w < g w -> mean V xi f < mean V xi g.
Proof.
  intros H Hw Hlt. assert (0 < mean V xi (fun v => g v - f v)).
  { apply (mean_pos _ _ w); [| easy | lra]. intros v Hv. specialize (H v Hv). lra. }
  rewrite mean_minus in H0. lra.
Qed.

Lemma mean_at_most xi f b : (forall v, In v V -> f v <= b) -> mean V xi f <= b.
Proof. intros H. rewrite <- (mean_const xi b). now apply mean_le. Qed.

Lemma mean_at_least xi f b : (forall v, In v V -> b <= f v) -> b <= mean V xi f.
Proof. intros H. rewrite <- (mean_const xi b). now apply mean_le. Qed.

Lemma mean_below xi f b w :
  (forall v, In v V -> f v <= b) -> In w V -> f w < b -> mean V xi f < b.
Proof. intros H Hw Hl. rewrite <- (mean_const xi b). now apply (mean_lt _ _ _ w). Qed.

Lemma mean_above xi f b w :
  (forall v, In v V -> b <= f v) -> In w V -> b < f w -> b < mean V xi f.
Proof. intros H Hw Hl. rewrite <- (mean_const xi b). now apply (mean_lt _ _ _ w). Qed.

(* Var(f) = E[f^2] - E[f]^2 *)
Lemma variance_moments xi f :
  variance V xi f = mean V xi (fun v => f v * f v) - mean V xi f * mean V xi f.
Proof.
  unfold variance. set (e := mean V xi f).
  rewrite (mean_ext xi xi _ (fun v => f v * f v - ((2 * e) * f v - e * e))) by (intros; simpl; lra).
  rewrite mean_minus, mean_minus, mean_scal, mean_const. fold e. ring.
Qed.

Lemma variance_nonneg xi f : 0 <= variance V xi f.
Proof. apply mean_nonneg. intros; apply pow2_ge_0. Qed.

Lemma variance_pos xi f v w : In v V -> In w V -> f v <> f w -> 0 < variance V xi f.
Proof.
  intros Hv Hw Hne. unfold variance. set (e := mean V xi f).
  destruct (Req_dec (f v) e) as [He | He].
  - apply (mean_pos _ _ w); [intros; apply pow2_ge_0 | easy |].
    assert (f w - e <> 0) by lra. nra.
  - apply (mean_pos _ _ v); [intros; apply pow2_ge_0 | easy |].
    assert (f v - e <> 0) by lra. nra.
Qed.

Lemma variance_at_most xi f b : (forall v, In v V -> Rabs (f v) <= b) -> variance V xi f <= b * b.
Proof.
  intros H. rewrite variance_moments.
  assert (mean V xi (fun v => f v * f v) <= b * b).
  { apply mean_at_most. intros v Hv. specialize (H v Hv).
    assert (0 <= Rabs (f v)) by apply Rabs_pos.
    rewrite <- (Rabs_right (f v * f v)) by nra. rewrite Rabs_mult. nra. }
  nra.
Qed.

(* Var(f) <= (hi - E[f])(E[f] - lo) <= (hi - lo)^2/4  for lo <= f <= hi (Bhatia and Davis, Popoviciu). *)
Lemma variance_between xi f lo hi : (forall v, In v V -> lo <= f v <= hi) ->
  variance V xi f <= (hi - mean V xi f) * (mean V xi f - lo).
Proof.
  intros H. rewrite variance_moments.
  assert (X : mean V xi (fun v => f v * f v) <= mean V xi (fun v => (hi + lo) * f v - hi * lo)).
  { apply mean_le. intros v Hv. specialize (H v Hv). nra. }
  rewrite mean_minus, mean_scal, mean_const in X. lra.
Qed.

(* A common factor exp(shift) does not change a mean. *)
Lemma mean_shift xi xi' f shift :
  (forall v, In v V -> xi v = xi' v + shift) -> mean V xi f = mean V xi' f.
Proof.
  intros E. assert (P := partition_pos V xi' inhabited). assert (Q := exp_pos shift).
  assert (E' : forall v, In v V -> exp (xi v) = exp (xi' v) * exp shift)
    by (intros v Hv; rewrite E by easy; apply exp_plus).
  unfold mean. unfold partition at 1.
  rewrite (sum_ext V (fun v => exp (xi v)) _ E'), sum_scal_r.
  rewrite (sum_ext V (fun v => f v * exp (xi v)) (fun v => f v * exp (xi' v) * exp shift))
    by (intros v Hv; rewrite E' by easy; ring).
  rewrite sum_scal_r. unfold partition in *. field. lra.
Qed.

(* ** Derivatives *)

Section Derivative.
Variables (xi : R -> A -> R) (x : A -> R) (m : R).
Hypothesis D : forall v, In v V -> is_derive (fun y => xi y v) m (x v).

Lemma is_derive_weighted f :
  is_derive (fun y => sum V (fun v => f v * exp (xi y v))) m
            (sum V (fun v => f v * x v * exp (xi m v))).
Proof.
  apply (is_derive_sum V (fun y v => f v * exp (xi y v))). intros v Hv.
  replace (f v * x v * exp (xi m v)) with (f v * (x v * exp (xi m v))) by ring.
  apply (is_derive_scal (fun y => exp (xi y v)) m (f v)).
  apply (is_derive_comp (V := R_NormedModule) exp (fun y => xi y v)); [| auto].
  apply is_derive_Reals, derivable_pt_lim_exp.
Qed.

Lemma is_derive_partition :
  is_derive (fun y => partition V (xi y)) m (partition V (xi m) * mean V (xi m) x).
Proof.
  rewrite Rmult_comm, mean_times_partition.
  assert (H := is_derive_weighted (fun _ => 1)). unfold partition.
  apply (is_derive_ext (fun y => sum V (fun v => 1 * exp (xi y v)))).
  - intros y. apply sum_ext; intros; apply Rmult_1_l.
  - replace (sum V (fun v => x v * exp (xi m v)))
      with (sum V (fun v => 1 * x v * exp (xi m v))); [easy |].
    apply sum_ext; intros; simpl; ring.
Qed.

(* (log Z)' = E[xi'] *)
Lemma is_derive_log_partition : is_derive (fun y => ln (partition V (xi y))) m (mean V (xi m) x).
Proof.
  assert (P := partition_pos V (xi m) inhabited).
  replace (mean V (xi m) x) with (partition V (xi m) * mean V (xi m) x * / partition V (xi m))
    by (field; lra).
  apply (is_derive_comp (V := R_NormedModule) ln (fun y => partition V (xi y)));
    [| apply is_derive_partition].
  apply is_derive_Reals. now apply derivable_pt_lim_ln.
Qed.

(* E[f]' = Cov(f, xi') *)
Lemma is_derive_mean f :
  is_derive (fun y => mean V (xi y) f) m
            (mean V (xi m) (fun v => f v * x v) - mean V (xi m) f * mean V (xi m) x).
Proof.
  assert (P := partition_pos V (xi m) inhabited).
  assert (H1 := is_derive_weighted f). assert (H2 := is_derive_partition).
  assert (H := is_derive_div _ _ m _ _ H1 H2 ltac:(lra)). unfold mean at 1 in H.
  replace (mean V (xi m) (fun v => f v * x v) - mean V (xi m) f * mean V (xi m) x)
    with ((sum V (fun v => f v * x v * exp (xi m v)) * partition V (xi m) -
           sum V (fun v => f v * exp (xi m v)) *
           (sum V (fun v => x v * exp (xi m v)) / partition V (xi m) * partition V (xi m)))
          / partition V (xi m) ^ 2).
  - rewrite Rmult_comm with (r1 := partition V (xi m)) in H. exact H.
  - unfold mean. field. lra.
Qed.
End Derivative.
End Nonempty.
End Softmax.
