(* Theorem 1(b): the Coconut flow  mu' = alpha/(n sqrt K) (d_star - F(mu)), from any start mu(0).
   d_star is any real number: the in-degree of the labelled vertex, or its mean under a label law. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity.
Import ListNotations.
Open Scope R_scope.

(* mu_star is an equilibrium:  F(mu_star) = d_star. *)
Definition equilibrium (I : thought) (d_star mu_star : R) : Prop := F I mu_star = d_star.

(* d_v = d_star for every vertex v. *)
Definition all_degrees_equal (I : thought) (d_star : R) : Prop :=
  forall v, In v (V I) -> d I v = d_star.

Lemma all_degrees_equal_iff I d_star :
  all_degrees_equal I d_star <-> d_min I = d_star /\ d_max I = d_star.
Proof.
  split.
  - intros H. destruct (d_min_attained I) as [v [Hv <-]], (d_max_attained I) as [w [Hw <-]]. auto.
  - intros [H1 H2] v Hv. assert (A := d_at_least I v Hv). assert (B := d_at_most I v Hv). lra.
Qed.

(* ** The equilibrium *)

(* Theorem 1(b), existence.
   An equilibrium exists  iff  d_min < d_star < d_max  or all d_v equal d_star. *)
Theorem T1b_equilibrium (I : thought) (d_star : R) :
  (exists mu_star, equilibrium I d_star mu_star) <->
  (d_min I < d_star < d_max I) \/ all_degrees_equal I d_star.
Proof.
  unfold equilibrium. rewrite all_degrees_equal_iff. split.
  - intros [m E]. assert (H := d_min_le_max I).
    destruct (Rle_lt_or_eq_dec _ _ H) as [Hlt | Heq].
    + left. rewrite <- E. split; [now apply F_above | now apply F_below].
    + right. assert (A := F_at_least I m). assert (B := F_at_most I m). lra.
  - intros [[H1 H2] | [H1 H2]].
    + destruct (F_passes I d_star H2) as [y [Hy Fy]], (F_sinks I d_star H1) as [x [Hx Fx]].
      destruct (zero_between _ _ (is_derive_velocity I d_star) (- x) y) as [z [_ Hz]].
      * lra.
      * left. now apply velocity_positive.
      * left. now apply velocity_negative.
      * exists z. now apply velocity_zero in Hz.
    + exists 0. assert (A := F_at_least I 0). assert (B := F_at_most I 0). lra.
Qed.

(* Theorem 1(b), uniqueness: one equilibrium at most, unless all in-degrees are equal. *)
Theorem T1b_unique (I : thought) (d_star x y : R) :
  d_min I < d_max I -> equilibrium I d_star x -> equilibrium I d_star y -> x = y.
Proof.
  unfold equilibrium. intros H Hx Hy.
  destruct (Rtotal_order x y) as [L | [E | L]]; [| easy |];
    apply (F_increases I) in L; try easy; lra.
Qed.

(* ** The flow *)
Section Flow.
Variables (I : thought) (d_star : R) (mu : R -> R).
Hypothesis flow : coconut_flow I d_star mu.

Let steep := slope_range I.
Let D := is_derive_velocity I d_star.

(* Theorem 1(b), convergence:  mu(t) -> mu_star from every start. *)
Theorem T1b_converges (mu_star : R) :
  d_min I < d_star < d_max I -> equilibrium I d_star mu_star -> is_lim mu p_infty mu_star.
Proof.
  intros H E. apply (attracts _ _ D _ steep mu flow mu_star).
  - now apply velocity_zero.
  - apply slope_negative. lra.
Qed.

(* The approach is monotone, and mu_star is never passed. *)
Theorem T1b_monotone_from_below (mu_star : R) :
  d_min I < d_max I -> equilibrium I d_star mu_star -> mu 0 < mu_star ->
  (forall t, 0 <= t -> mu t < mu_star) /\ (forall t u, 0 <= t < u -> mu t < mu u).
Proof.
  intros H E H0.
  assert (P : 0 < velocity I d_star (mu 0)).
  { apply velocity_positive. rewrite <- E. now apply F_increases. }
  split.
  - apply (below_stays_below _ _ D _ steep mu flow); [now apply velocity_zero | easy].
  - now apply (increases _ _ D _ steep mu flow).
Qed.

Theorem T1b_monotone_from_above (mu_star : R) :
  d_min I < d_max I -> equilibrium I d_star mu_star -> mu_star < mu 0 ->
  (forall t, 0 <= t -> mu_star < mu t) /\ (forall t u, 0 <= t < u -> mu u < mu t).
Proof.
  intros H E H0.
  assert (P : velocity I d_star (mu 0) < 0).
  { apply velocity_negative. rewrite <- E. now apply F_increases. }
  split.
  - apply (above_stays_above _ _ D _ steep mu flow); [now apply velocity_zero | easy].
  - now apply (decreases _ _ D _ steep mu flow).
Qed.

(* Theorem 1(b), positivity, first half:  mu_star > 0  iff  d_star > F(0). *)
Theorem T1b_sign (mu_star : R) :
  d_min I < d_max I -> equilibrium I d_star mu_star -> (0 < mu_star <-> F I 0 < d_star).
Proof.
  intros H E. unfold equilibrium in E. rewrite <- E. split; [now apply F_increases |].
  intros L. apply Rnot_le_lt. intros Hle. apply (F_nondecreasing I) in Hle. lra.
Qed.

(* Theorem 1(b), positivity: if d_star > F(0) then from mu(0) = 0 the logit increases strictly
   and stays in (0, mu_star). *)
Theorem T1b_positive (mu_star : R) :
  d_min I < d_max I -> equilibrium I d_star mu_star -> F I 0 < d_star -> mu 0 = 0 ->
  (forall t, 0 < t -> 0 < mu t < mu_star) /\ (forall t u, 0 <= t < u -> mu t < mu u).
Proof.
  intros H E HF H0. assert (S : 0 < mu_star) by now apply T1b_sign.
  destruct (T1b_monotone_from_below mu_star H E ltac:(lra)) as [B M].
  split; [| easy]. intros t Ht. split; [| apply B; lra].
  rewrite <- H0 at 1. apply M. lra.
Qed.

(* ... and if d_star < F(0) it decreases strictly and stays in (mu_star, 0). *)
Theorem T1b_negative (mu_star : R) :
  d_min I < d_max I -> equilibrium I d_star mu_star -> d_star < F I 0 -> mu 0 = 0 ->
  (forall t, 0 < t -> mu_star < mu t < 0) /\ (forall t u, 0 <= t < u -> mu u < mu t).
Proof.
  intros H E HF H0. assert (S : mu_star < 0).
  { apply Rnot_le_lt. intros Hle. apply (F_nondecreasing I) in Hle. unfold equilibrium in E. lra. }
  destruct (T1b_monotone_from_above mu_star H E ltac:(lra)) as [B M].
  split; [| easy]. intros t Ht. split; [apply B; lra |].
  assert (L := M 0 t ltac:(lra)). lra.
Qed.

(* A start at an equilibrium, as mu(0) = 0 where d_star = F(0): nothing moves. *)
Theorem T1b_still : equilibrium I d_star (mu 0) -> forall t, 0 <= t -> mu t = mu 0.
Proof. intros E. apply (rest_stays _ _ D _ steep mu flow). now apply velocity_zero. Qed.

(* Every attention logit lambda_v mu(t) is bounded by max(|mu(0)|, |mu_star|) times the largest
   weight, for all time. *)
Theorem T1b_logits (mu_star lambda_max : R) (lambda : nat -> R) :
  equilibrium I d_star mu_star -> (forall v, Rabs (lambda v) <= lambda_max) ->
  forall t v, 0 <= t -> Rabs (lambda v * mu t) <= Rmax (Rabs (mu 0)) (Rabs mu_star) * lambda_max.
Proof.
  intros E L t v Ht. rewrite Rabs_mult, Rmult_comm.
  apply Rmult_le_compat; try apply Rabs_pos; [| apply L].
  apply (stays_bounded _ _ D _ steep mu flow); [now apply velocity_zero | easy].
Qed.

(* Theorem 1(b), rate: |mu(t) - mu_star| <= |mu(0) - mu_star| exp(- kappa v t) for every lower
   bound v of Var between mu(0) and mu_star. *)
Theorem T1b_rate (mu_star v : R) :
  equilibrium I d_star mu_star ->
  (forall x, Rmin (mu 0) mu_star <= x <= Rmax (mu 0) mu_star -> v <= Var I x) ->
  forall t, 0 <= t ->
  Rabs (mu t - mu_star) <= Rabs (mu 0 - mu_star) * exp (- (kappa I * v) * t).
Proof.
  intros E Hv. apply (contracts _ _ D _ steep mu flow); [now apply velocity_zero |].
  intros x Hx. specialize (Hv x Hx). assert (P := kappa_pos I). unfold slope. nra.
Qed.

(* Two trainings of one instance never move apart; the start determines the whole curve. *)
Theorem T1b_non_expansive (nu : R -> R) : coconut_flow I d_star nu ->
  forall t, 0 <= t -> Rabs (mu t - nu t) <= Rabs (mu 0 - nu 0).
Proof. apply (non_expansive _ _ D _ steep mu flow). Qed.

(* All in-degrees equal to d_star: nothing moves. *)
Theorem T1b_constant : all_degrees_equal I d_star -> forall t, 0 <= t -> mu t = mu 0.
Proof.
  intros H. apply (rest_stays _ _ D _ steep mu flow). apply velocity_zero.
  apply all_degrees_equal_iff in H.
  assert (A := F_at_least I (mu 0)). assert (B := F_at_most I (mu 0)). lra.
Qed.

(* Theorem 1(b), divergence upward: d_star = d_max > d_min gives mu -> +oo. *)
Theorem T1b_up : d_min I < d_max I -> d_max I <= d_star -> is_lim mu p_infty p_infty.
Proof.
  intros H Hd. apply (diverges_up _ _ D _ steep mu flow).
  intros x. apply velocity_positive. assert (B := F_below I x H). lra.
Qed.

(* Theorem 1(b), divergence downward: d_star = d_min < d_max gives mu -> -oo. *)
Theorem T1b_down : d_min I < d_max I -> d_star <= d_min I -> is_lim mu p_infty m_infty.
Proof.
  intros H Hd. apply (diverges_down _ _ D _ steep mu flow).
  intros x. apply velocity_negative. assert (B := F_above I x H). lra.
Qed.

(* Theorem 1(b), the corrected equivalence: the logit stays bounded  iff
   d_min < d_star < d_max  or all in-degrees are equal to d_star. *)
Theorem T1b_iff :
  bounded mu <-> (d_min I < d_star < d_max I) \/ all_degrees_equal I d_star.
Proof.
  split.
  - intros B. destruct (Rle_lt_or_eq_dec _ _ (d_min_le_max I)) as [H | H].
    + left. split; apply Rnot_le_lt; intros Hd.
      * now apply (unbounded_down mu (T1b_down H Hd)).
      * now apply (unbounded_up mu (T1b_up H Hd)).
    + right. apply all_degrees_equal_iff.
      destruct (Rtotal_order d_star (d_min I)) as [L | [E | L]]; [exfalso | lra | exfalso].
      * apply (unbounded_down mu); [| easy]. apply (diverges_down _ _ D _ steep mu flow).
        intros x. apply velocity_negative. assert (A := F_at_least I x). lra.
      * apply (unbounded_up mu); [| easy]. apply (diverges_up _ _ D _ steep mu flow).
        intros x. apply velocity_positive. assert (A := F_at_most I x). lra.
  - intros C. destruct (proj2 (T1b_equilibrium I d_star) C) as [m E].
    exists (Rmax (Rabs (mu 0)) (Rabs m)).
    apply (stays_bounded _ _ D _ steep mu flow). now apply velocity_zero.
Qed.
End Flow.

(* In the paper's setting (some vertex is out of reach, and the label is not: d_star > 0) the
   paper's condition is right, and necessary:  bounded iff d_star < d_max. *)
Theorem T1b_setting (I : thought) (d_star : R) (mu : R -> R) :
  coconut_flow I d_star mu -> 0 < n_out I -> 0 < d_star -> (bounded mu <-> d_star < d_max I).
Proof.
  intros flow Hout Hd. rewrite (T1b_iff I d_star mu flow), all_degrees_equal_iff.
  assert (Hmin : d_min I <= 0).
  { apply (INR_lt 0) in Hout. destruct (count_pos_inv _ _ Hout) as [v [Hv Nv]].
    destruct (outside I v) as [_ E]; [now destruct (in_next I v) |].
    rewrite <- E. now apply d_at_least. }
  split; [intros [H | H]; lra | intros H; left; lra].
Qed.
