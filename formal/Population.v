(* A dataset that shares one logit:
   mu' = (1/n_voc) (1/|pop|) sum_i alpha s_i (d_star_i - F_i(mu)). *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity Bounded.
Import ListNotations.
Open Scope R_scope.

(* An instance with its label: (i, d_star_i). *)
Definition population : Type := list (thought * R).

Definition pull (x : R) (i : thought * R) : R :=
  alpha (fst i) * s (fst i) * (snd i - F (fst i) x).

Definition pop_velocity (pop : population) (n_voc x : R) : R :=
  / (n_voc * INR (length pop)) * sum pop (pull x).

Definition population_flow (pop : population) (n_voc : R) (mu : R -> R) : Prop :=
  evolves mu (fun t => pop_velocity pop n_voc (mu t)).

Section Population.
Variables (pop : population) (n_voc : R).
Hypothesis pop_inhabited : pop <> [].
Hypothesis n_voc_pos : 0 < n_voc.
(* Every label is a vertex, or a law on vertices. *)
Hypothesis labels : forall i, In i pop -> d_min (fst i) <= snd i <= d_max (fst i).

Definition pop_slope (x : R) : R :=
  / (n_voc * INR (length pop)) *
  sum pop (fun i => - (alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x).

Lemma pop_rate_pos : 0 < / (n_voc * INR (length pop)).
Proof.
  apply Rinv_0_lt_compat, Rmult_lt_0_compat; [easy |]. apply lt_0_INR.
  destruct pop; [easy | simpl; lia].
Qed.

Lemma is_derive_pop x : is_derive (pop_velocity pop n_voc) x (pop_slope x).
Proof.
  apply is_derive_scal. apply (is_derive_sum pop pull). intros i _. unfold pull.
  apply (is_derive_ext (fun y => alpha (fst i) * s (fst i) * (snd i + -1 * F (fst i) y)));
    [intros; simpl; ring |].
  replace (- (alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x)
    with (alpha (fst i) * s (fst i) * (0 + -1 * (alpha (fst i) * s (fst i) * Var (fst i) x))) by ring.
  apply is_derive_scal. apply (is_derive_plus (V := R_NormedModule) (fun _ => snd i)).
  - apply (is_derive_const (V := R_NormedModule)).
  - apply is_derive_scal, is_derive_F.
Qed.

Definition steepest : R :=
  / (n_voc * INR (length pop)) *
  sum pop (fun i => (alpha (fst i) * s (fst i)) ^ 2 * (d_max (fst i) * d_max (fst i))).

Lemma pop_slope_range x : - steepest <= pop_slope x <= 0.
Proof.
  assert (P := pop_rate_pos). unfold steepest, pop_slope. split.
  - rewrite Ropp_mult_distr_r. apply Rmult_le_compat_l; [lra |].
    replace (- sum pop (fun i => (alpha (fst i) * s (fst i)) ^ 2 * (d_max (fst i) * d_max (fst i))))
      with (-1 * sum pop (fun i => (alpha (fst i) * s (fst i)) ^ 2 * (d_max (fst i) * d_max (fst i))))
      by ring.
    rewrite <- sum_scal. apply sum_le. intros i _.
    assert (A := Var_at_most (fst i) x). assert (B := pow2_ge_0 (alpha (fst i) * s (fst i))).
    assert (C := Rmult_le_compat_l _ _ _ B A). lra.
  - assert (0 <= sum pop (fun i => (alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x)).
    { apply sum_nonneg. intros i _. apply Rmult_le_pos; [apply pow2_ge_0 | apply Var_nonneg]. }
    rewrite (sum_ext _ _ (fun i => -1 * ((alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x)))
      by (intros; ring).
    rewrite sum_scal. nra.
Qed.

Lemma pop_slope_negative j x : In j pop -> d_min (fst j) < d_max (fst j) -> pop_slope x < 0.
Proof.
  intros Hj H. assert (P := pop_rate_pos). unfold pop_slope.
  assert (0 < sum pop (fun i => (alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x)).
  { apply (sum_pos _ _ j); [| easy |].
    - intros i _. apply Rmult_le_pos; [apply pow2_ge_0 | apply Var_nonneg].
    - apply Rmult_lt_0_compat; [apply pow_lt, alpha_s_pos | now apply Var_pos]. }
  rewrite (sum_ext _ _ (fun i => -1 * ((alpha (fst i) * s (fst i)) ^ 2 * Var (fst i) x)))
    by (intros; ring).
  rewrite sum_scal. nra.
Qed.

(* All F_i are near their ends at one common point. *)
Lemma all_near_max eps : 0 < eps ->
  exists Y, 0 < Y /\ forall i, In i pop -> d_max (fst i) - F (fst i) Y <= eps.
Proof.
  clear pop_inhabited labels. intros He. induction pop as [| j l IH].
  - exists 1. split; [lra | easy].
  - destruct IH as [Y [HY H]]. destruct (F_near_max (fst j)) as [C HC].
    set (y := (Rmax C 0 + 1) / eps). assert (B := Rmax_l C 0). assert (B' := Rmax_r C 0).
    assert (Hy : 0 < y) by (apply Rdiv_lt_0_compat; lra).
    exists (Rmax Y y). split; [apply Rlt_le_trans with Y; [easy | apply Rmax_l] |].
    intros i [<- | Hi].
    + assert (M := F_nondecreasing (fst j) _ _ (Rmax_r Y y)). assert (X := HC y Hy).
      assert (C / y <= eps); [| lra].
      apply Rmult_le_reg_r with y; [easy |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra.
      unfold y. replace (eps * ((Rmax C 0 + 1) / eps)) with (Rmax C 0 + 1) by (field; lra). lra.
    + assert (M := F_nondecreasing (fst i) _ _ (Rmax_l Y y)). specialize (H i Hi). lra.
Qed.

Lemma all_near_min eps : 0 < eps ->
  exists Y, 0 < Y /\ forall i, In i pop -> F (fst i) (- Y) - d_min (fst i) <= eps.
Proof.
  clear pop_inhabited labels. intros He. induction pop as [| j l IH].
  - exists 1. split; [lra | easy].
  - destruct IH as [Y [HY H]]. destruct (F_near_min (fst j)) as [C HC].
    set (y := (Rmax C 0 + 1) / eps). assert (B := Rmax_l C 0). assert (B' := Rmax_r C 0).
    assert (Hy : 0 < y) by (apply Rdiv_lt_0_compat; lra).
    exists (Rmax Y y). assert (L := Rmax_l Y y). assert (L' := Rmax_r Y y). split; [lra |].
    intros i [<- | Hi].
    + assert (M := F_nondecreasing (fst j) (- Rmax Y y) (- y) ltac:(lra)). assert (X := HC y Hy).
      assert (C / y <= eps); [| lra].
      apply Rmult_le_reg_r with y; [easy |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra.
      unfold y. replace (eps * ((Rmax C 0 + 1) / eps)) with (Rmax C 0 + 1) by (field; lra). lra.
    + assert (M := F_nondecreasing (fst i) (- Rmax Y y) (- Y) ltac:(lra)). specialize (H i Hi). lra.
Qed.

Definition gains : R := sum pop (fun i => alpha (fst i) * s (fst i)).

Lemma gains_pos : 0 < gains.
Proof.
  assert (X : exists j, In j pop) by (destruct pop as [| j l]; [easy | exists j; now left]).
  destruct X as [j Hj]. apply (sum_pos _ _ j); [intros; left; apply alpha_s_pos | easy | apply alpha_s_pos].
Qed.

(* Equilibrium:  sum_i alpha s_i (d_star_i - F_i(mu_star)) = 0. *)
Definition pop_equilibrium (mu_star : R) : Prop := sum pop (pull mu_star) = 0.

Definition room_above : Prop := exists i, In i pop /\ snd i < d_max (fst i).
Definition room_below : Prop := exists i, In i pop /\ d_min (fst i) < snd i.

Lemma pop_negative_far : room_above -> exists Y, 0 < Y /\ pop_velocity pop n_voc Y < 0.
Proof.
  intros [j [Hj H]]. assert (G := gains_pos). assert (P := pop_rate_pos).
  set (h := fun i : thought * R => alpha (fst i) * s (fst i) * (d_max (fst i) - snd i)).
  assert (Hh : 0 < sum pop h).
  { apply (sum_pos _ _ j); [| easy |].
    - intros i Hi. apply Rmult_le_pos; [left; apply alpha_s_pos | specialize (labels i Hi); lra].
    - apply Rmult_lt_0_compat; [apply alpha_s_pos | lra]. }
  destruct (all_near_max (sum pop h / (2 * gains))) as [Y [HY N]].
  { apply Rdiv_lt_0_compat; lra. }
  exists Y. split; [easy |]. unfold pop_velocity.
  assert (sum pop (pull Y) <= sum pop h / (2 * gains) * gains - sum pop h).
  { unfold gains at 2. rewrite <- sum_scal, <- sum_minus. apply sum_le. intros i Hi.
    assert (hi : h i = alpha (fst i) * s (fst i) * (d_max (fst i) - snd i)) by easy.
    unfold pull. specialize (N i Hi). assert (A := alpha_s_pos (fst i)).
    assert (alpha (fst i) * s (fst i) * (d_max (fst i) - F (fst i) Y) <=
            alpha (fst i) * s (fst i) * (sum pop h / (2 * gains))) by (apply Rmult_le_compat_l; lra).
    lra. }
  replace (sum pop h / (2 * gains) * gains) with (sum pop h / 2) in H0 by (field; lra).
  assert (Hneg : sum pop (pull Y) < 0) by lra.
  assert (Q := Rmult_lt_compat_l _ _ _ P Hneg). lra.
Qed.

Lemma pop_positive_far : room_below -> exists Y, 0 < Y /\ 0 < pop_velocity pop n_voc (- Y).
Proof.
  intros [j [Hj H]]. assert (G := gains_pos). assert (P := pop_rate_pos).
  set (h := fun i : thought * R => alpha (fst i) * s (fst i) * (snd i - d_min (fst i))).
  assert (Hh : 0 < sum pop h).
  { apply (sum_pos _ _ j); [| easy |].
    - intros i Hi. apply Rmult_le_pos; [left; apply alpha_s_pos | specialize (labels i Hi); lra].
    - apply Rmult_lt_0_compat; [apply alpha_s_pos | lra]. }
  destruct (all_near_min (sum pop h / (2 * gains))) as [Y [HY N]].
  { apply Rdiv_lt_0_compat; lra. }
  exists Y. split; [easy |]. unfold pop_velocity.
  assert (sum pop h - sum pop h / (2 * gains) * gains <= sum pop (pull (- Y))).
  { unfold gains at 2. rewrite <- sum_scal, <- sum_minus. apply sum_le. intros i Hi.
    assert (hi : h i = alpha (fst i) * s (fst i) * (snd i - d_min (fst i))) by easy.
    unfold pull. specialize (N i Hi). assert (A := alpha_s_pos (fst i)).
    assert (alpha (fst i) * s (fst i) * (F (fst i) (- Y) - d_min (fst i)) <=
            alpha (fst i) * s (fst i) * (sum pop h / (2 * gains))) by (apply Rmult_le_compat_l; lra).
    lra. }
  replace (sum pop h / (2 * gains) * gains) with (sum pop h / 2) in H0 by (field; lra).
  apply Rmult_lt_0_compat; lra.
Qed.

(* One instance with room above and one with room below are enough, whatever the others do:
   an equilibrium exists, *)
Theorem population_equilibrium : room_above -> room_below -> exists mu_star, pop_equilibrium mu_star.
Proof.
  intros A B. destruct (pop_negative_far A) as [y [Hy Vy]], (pop_positive_far B) as [x [Hx Vx]].
  destruct (zero_between _ _ is_derive_pop (- x) y) as [z [_ Hz]]; [lra | lra | lra |].
  exists z. unfold pop_equilibrium. assert (P := pop_rate_pos). unfold pop_velocity in Hz.
  apply Rmult_integral in Hz. destruct Hz; [lra | easy].
Qed.

Lemma pop_velocity_zero x : pop_equilibrium x -> pop_velocity pop n_voc x = 0.
Proof. unfold pop_equilibrium, pop_velocity. intros ->. ring. Qed.

Lemma population_velocity_up : ~ room_above -> room_below -> forall x, 0 < pop_velocity pop n_voc x.
Proof.
  intros A [j [Hj H]] x. unfold pop_velocity. apply Rmult_lt_0_compat; [apply pop_rate_pos |].
  assert (Top : forall i, In i pop -> snd i = d_max (fst i)).
  { intros i Hi. destruct (Rlt_or_le (snd i) (d_max (fst i))); [exfalso; apply A; now exists i |].
    specialize (labels i Hi). lra. }
  apply (sum_pos _ _ j); [| easy |].
  - intros i Hi. apply Rmult_le_pos; [left; apply alpha_s_pos |]. rewrite (Top i Hi).
    assert (X := F_at_most (fst i) x). lra.
  - apply Rmult_lt_0_compat; [apply alpha_s_pos |]. rewrite (Top j Hj) in *.
    assert (X := F_below (fst j) x H). lra.
Qed.

Lemma population_velocity_down : room_above -> ~ room_below -> forall x, pop_velocity pop n_voc x < 0.
Proof.
  intros [j [Hj H]] B x. unfold pop_velocity.
  assert (Bot : forall i, In i pop -> snd i = d_min (fst i)).
  { intros i Hi. destruct (Rlt_or_le (d_min (fst i)) (snd i)); [exfalso; apply B; now exists i |].
    specialize (labels i Hi). lra. }
  assert (0 < sum pop (fun i => -1 * pull x i)).
  { apply (sum_pos _ _ j); [| easy |].
    - intros i Hi. unfold pull. rewrite (Bot i Hi). assert (X := F_at_least (fst i) x).
      assert (Y := alpha_s_pos (fst i)). nra.
    - unfold pull. rewrite (Bot j Hj) in *. assert (X := F_above (fst j) x H).
      assert (Y := alpha_s_pos (fst j)). nra. }
  rewrite sum_scal in H0. assert (P := pop_rate_pos).
  assert (Hneg : sum pop (pull x) < 0) by lra.
  assert (Q := Rmult_lt_compat_l _ _ _ P Hneg). lra.
Qed.

Section Flow.
Variable mu : R -> R.
Hypothesis flow : population_flow pop n_voc mu.

(* ... and attracts every start. *)
Theorem population_converges (mu_star : R) :
  room_above -> pop_equilibrium mu_star -> is_lim mu p_infty mu_star.
Proof.
  intros [j [Hj H]] E.
  apply (attracts _ _ is_derive_pop _ pop_slope_range mu flow mu_star); [now apply pop_velocity_zero |].
  intros x. apply (pop_slope_negative j x Hj). specialize (labels j Hj). lra.
Qed.

(* No room above, but some instance that is not constant:  mu -> +oo. *)
Theorem population_up : ~ room_above -> room_below -> is_lim mu p_infty p_infty.
Proof.
  intros A B. apply (diverges_up _ _ is_derive_pop _ pop_slope_range mu flow).
  now apply population_velocity_up.
Qed.

(* No room below:  mu -> -oo. *)
Theorem population_down : room_above -> ~ room_below -> is_lim mu p_infty m_infty.
Proof.
  intros A B. apply (diverges_down _ _ is_derive_pop _ pop_slope_range mu flow).
  now apply population_velocity_down.
Qed.

(* The population rule: the shared logit stays bounded  iff  some instance has d_star_i < d_max,i
   and some instance has d_min,j < d_star_j, or every instance is constant. *)
Theorem population_iff : bounded mu <->
  (room_above /\ room_below) \/ (forall i, In i pop -> all_degrees_equal (fst i) (snd i)).
Proof.
  assert (Ab : room_above \/ ~ room_above) by apply Classical_Prop.classic.
  assert (Bl : room_below \/ ~ room_below) by apply Classical_Prop.classic.
  split.
  - intros Bd. destruct Ab as [A | A], Bl as [B | B].
    + now left.
    + exfalso. now apply (unbounded_down mu (population_down A B)).
    + exfalso. now apply (unbounded_up mu (population_up A B)).
    + right. intros i Hi. apply all_degrees_equal_iff. assert (L := labels i Hi).
      destruct (Rlt_or_le (snd i) (d_max (fst i))); [exfalso; apply A; now exists i |].
      destruct (Rlt_or_le (d_min (fst i)) (snd i)); [exfalso; apply B; now exists i |]. lra.
  - intros [[A B] | H].
    + destruct (population_equilibrium A B) as [m E]. exists (Rmax (Rabs (mu 0)) (Rabs m)).
      apply (stays_bounded _ _ is_derive_pop _ pop_slope_range mu flow). now apply pop_velocity_zero.
    + exists (Rabs (mu 0)). intros t Ht. right. f_equal.
      apply (rest_stays _ _ is_derive_pop _ pop_slope_range mu flow); [| easy].
      apply pop_velocity_zero. unfold pop_equilibrium. apply sum_zero. intros i Hi.
      specialize (H i Hi). apply all_degrees_equal_iff in H. unfold pull.
      assert (X := F_at_least (fst i) (mu 0)). assert (Y := F_at_most (fst i) (mu 0)).
      replace (F (fst i) (mu 0)) with (snd i) by lra. ring.
Qed.
End Flow.
End Population.
