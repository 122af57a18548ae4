(* Gradient descent with a step eta > 0 in place of the flow, mu_{k+1} = mu_k + eta mu'(mu_k):
   Theorem 1 for finite steps. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Descent Digraph Model Velocity Bounded
  DivergesBfs Ends Logarithm.
Import ListNotations.
Open Scope R_scope.

(* Coconut:  mu_{k+1} = mu_k + eta alpha/(n sqrt K) (d_star - F(mu_k)). *)
Definition coconut_descent (I : thought) (d_star eta : R) (mu : nat -> R) : Prop :=
  forall k, mu (S k) = mu k + eta * (alpha I / (n I * sqrt (K I)) * (d_star - F I (mu k))).

(* Coconut-BFS:  mu_{k+1} = mu_k + eta alpha/(n sqrt K) (F_in(mu_k) - F(mu_k)). *)
Definition bfs_descent (I : thought) (eta : R) (mu : nat -> R) : Prop :=
  forall k, mu (S k) = mu k + eta * (alpha I / (n I * sqrt (K I)) * (F_in I (mu k) - F I (mu k))).

(* L = kappa (d_max - d_min)^2/4:  no slope of the velocity is steeper. *)
Definition sharpness (I : thought) : R := kappa I * ((d_max I - d_min I) ^ 2 / 4).

(* The largest step at which the equilibrium can attract:  2/(kappa Var(mu_star)). *)
Definition critical_step (I : thought) (mu_star : R) : R := 2 / (kappa I * Var I mu_star).

Lemma sharpness_bounds (I : thought) x : kappa I * Var I x <= sharpness I.
Proof.
  apply Rmult_le_compat_l; [left; apply kappa_pos |].
  assert (X := variance_between (V I) (V_inhabited I) (xi I x) (d I) (d_min I) (d_max I)
                 (fun v Hv => conj (d_at_least I v Hv) (d_at_most I v Hv))).
  assert (Q := pow2_ge_0 (d_max I + d_min I - 2 * mean (V I) (xi I x) (d I))).
  unfold Var. lra.
Qed.

(* Between two points the velocity falls at a mean slope of less than L: Var reaches its bound at one
   point at most. *)
Lemma secant_slope (I : thought) x y : d_min I < d_max I -> x < y ->
  exists v, 0 < v /\ kappa I * v < sharpness I /\ F I y - F I x = alpha I * s I * v * (y - x).
Proof.
  intros H Hxy. set (m := (x + y) / 2). assert (Hk := kappa_pos I).
  destruct (mean_value_everywhere (F I) _ (is_derive_F I) x m ltac:(unfold m; lra)) as [c1 [H1 E1]].
  destruct (mean_value_everywhere (F I) _ (is_derive_F I) m y ltac:(unfold m; lra)) as [c2 [H2 E2]].
  assert (P1 := Var_pos I c1 H). assert (P2 := Var_pos I c2 H).
  exists ((Var I c1 + Var I c2) / 2). split; [lra |]. split.
  - apply Rmult_lt_compat_l; [easy |].
    assert (B : forall v, In v (V I) -> d_min I <= d I v <= d_max I)
      by (intros v Hv; split; [now apply d_at_least | now apply d_at_most]).
    assert (B1 := variance_between (V I) (V_inhabited I) (xi I c1) (d I) _ _ B).
    assert (B2 := variance_between (V I) (V_inhabited I) (xi I c2) (d I) _ _ B).
    fold (Var I c1) (F I c1) in B1. fold (Var I c2) (F I c2) in B2.
    assert (L : F I c1 < F I c2) by (apply F_increases; [easy | lra]).
    assert (Q := pow2_ge_0 (d_max I + d_min I - F I c1 - F I c2)).
    assert (Q' : 0 < (F I c2 - F I c1) ^ 2) by (apply pow_lt; lra). lra.
  - replace (F I y - F I x) with ((F I y - F I m) + (F I m - F I x)) by ring.
    rewrite E1, E2. unfold m. field.
Qed.

Section Coconut.
Variables (I : thought) (d_star eta : R).
Hypothesis eta_pos : 0 < eta.

(* One step of descent. *)
Definition coconut_step (x : R) : R := x + eta * velocity I d_star x.

(* The slope of a step is 1 - eta kappa Var. *)
Theorem T1b_step_slope x : is_derive coconut_step x (1 - eta * (kappa I * Var I x)).
Proof.
  replace (1 - eta * (kappa I * Var I x)) with (1 + eta * slope I x) by (unfold slope; ring).
  apply (is_derive_plus (V := R_NormedModule) (fun x => x)).
  - apply (is_derive_id (K := R_AbsRing)).
  - apply is_derive_scal, is_derive_velocity.
Qed.

Lemma coconut_step_continuous : continuity coconut_step.
Proof. exact (velocity_continuous _ _ T1b_step_slope). Qed.

Lemma coconut_step_rest x : coconut_step x = x <-> equilibrium I d_star x.
Proof.
  unfold equilibrium, coconut_step. rewrite <- velocity_zero. split; intros E; [| rewrite E; ring].
  assert (X : eta * velocity I d_star x = 0) by lra. apply Rmult_integral in X. lra.
Qed.

Variable mu_star : R.
Hypothesis room : d_min I < d_max I.
Hypothesis rest : equilibrium I d_star mu_star.

(* A step multiplies the distance from mu_star by 1 - q with 0 < q < eta L. *)
Lemma step_factor x : x <> mu_star -> exists q, 0 < q < eta * sharpness I /\
  coconut_step x - mu_star = (1 - q) * (x - mu_star).
Proof.
  intros N.
  assert (C : exists v, 0 < v /\ kappa I * v < sharpness I /\
                d_star - F I x = - (alpha I * s I * v * (x - mu_star))).
  { unfold equilibrium in rest. rewrite <- rest. destruct (Rtotal_order x mu_star) as [L | [E | L]]; [| easy |].
    - destruct (secant_slope I _ _ room L) as [v [P [U E]]]. exists v. split; [easy |]. split; [easy | lra].
    - destruct (secant_slope I _ _ room L) as [v [P [U E]]]. exists v. split; [easy |]. split; [easy | lra]. }
  destruct C as [v [P [U E]]]. exists (eta * (kappa I * v)). assert (Hk := kappa_pos I). split; [split |].
  - apply Rmult_lt_0_compat; [easy | now apply Rmult_lt_0_compat].
  - now apply Rmult_lt_compat_l.
  - unfold coconut_step, velocity. rewrite E, <- rate_kappa. ring.
Qed.

(* Theorem 1(b) for descent with eta L <= 2:  mu_k -> mu_star from every start, nearer with every
   step. *)
Theorem T1b_steps mu : coconut_descent I d_star eta mu -> eta * sharpness I <= 2 ->
  (forall k, mu k <> mu_star -> Rabs (mu (S k) - mu_star) < Rabs (mu k - mu_star)) /\
  is_lim_seq mu mu_star.
Proof.
  intros E H.
  apply (attracted _ _ coconut_step_continuous (proj2 (coconut_step_rest _) rest) mu E).
  intros x _ N. destruct (step_factor x N) as [q [Hq ->]]. rewrite Rabs_mult.
  assert (P : 0 < Rabs (x - mu_star)) by (apply Rabs_pos_lt; lra).
  assert (A : Rabs (1 - q) < 1) by (apply Rabs_def1; lra).
  rewrite <- Rmult_1_l. now apply Rmult_lt_compat_r.
Qed.

(* With eta L <= 1 descent never reaches nor passes mu_star. *)
Theorem T1b_steps_monotone mu : coconut_descent I d_star eta mu -> eta * sharpness I <= 1 ->
  (mu 0%nat < mu_star -> forall k, mu k < mu (S k) < mu_star) /\
  (mu_star < mu 0%nat -> forall k, mu_star < mu (S k) < mu k).
Proof.
  intros E H.
  assert (Up : forall k, mu k < mu_star -> mu k < mu (S k) < mu_star).
  { intros k L. destruct (step_factor (mu k) ltac:(lra)) as [q [Hq X]].
    change (coconut_step (mu k)) with (mu k + eta * velocity I d_star (mu k)) in X.
    unfold velocity in X. rewrite <- E in X.
    assert (0 < q * (mu_star - mu k)) by (apply Rmult_lt_0_compat; lra).
    assert (0 < (1 - q) * (mu_star - mu k)) by (apply Rmult_lt_0_compat; lra). lra. }
  assert (Down : forall k, mu_star < mu k -> mu_star < mu (S k) < mu k).
  { intros k L. destruct (step_factor (mu k) ltac:(lra)) as [q [Hq X]].
    change (coconut_step (mu k)) with (mu k + eta * velocity I d_star (mu k)) in X.
    unfold velocity in X. rewrite <- E in X.
    assert (0 < q * (mu k - mu_star)) by (apply Rmult_lt_0_compat; lra).
    assert (0 < (1 - q) * (mu k - mu_star)) by (apply Rmult_lt_0_compat; lra). lra. }
  split; intros H0 k.
  - apply Up. induction k as [| k IH]; [easy | now apply Up].
  - apply Down. induction k as [| k IH]; [easy | now apply Down].
Qed.

Let k_Var_pos : 0 < kappa I * Var I mu_star.
Proof. apply Rmult_lt_0_compat; [apply kappa_pos | now apply Var_pos]. Qed.

Lemma critical_slope : critical_step I mu_star < eta -> 1 - eta * (kappa I * Var I mu_star) < -1.
Proof.
  intros H. apply (Rmult_lt_compat_r _ _ _ k_Var_pos) in H. unfold critical_step, Rdiv in H.
  rewrite Rmult_assoc, Rinv_l in H by lra. lra.
Qed.

(* Below the step 2/(kappa Var(mu_star)) the equilibrium attracts what starts near it; *)
Theorem T1b_steps_stable : eta < critical_step I mu_star ->
  exists r, 0 < r /\ forall mu, coconut_descent I d_star eta mu -> Rabs (mu 0%nat - mu_star) < r ->
  is_lim_seq mu mu_star.
Proof.
  intros H. apply (attracted_near _ _ coconut_step_continuous (proj2 (coconut_step_rest _) rest)
                     _ (T1b_step_slope mu_star)).
  apply (Rmult_lt_compat_r _ _ _ k_Var_pos) in H. unfold critical_step, Rdiv in H.
  rewrite Rmult_assoc, Rinv_l in H by lra.
  assert (0 < eta * (kappa I * Var I mu_star)) by now apply Rmult_lt_0_compat.
  apply Rabs_def1; lra.
Qed.

(* beyond it the slope of a step at mu_star is below -1, and no descent tends to mu_star, unless a
   step falls on mu_star itself; *)
Theorem T1b_steps_unstable mu : coconut_descent I d_star eta mu -> critical_step I mu_star < eta ->
  is_lim_seq mu mu_star -> exists k, mu k = mu_star.
Proof.
  intros E H. apply critical_slope in H.
  apply (repelled _ _ (proj2 (coconut_step_rest _) rest) _ (T1b_step_slope mu_star)); [| exact E].
  rewrite Rabs_left; lra.
Qed.

(* and there are two values between which descent alternates for ever. *)
Theorem T1b_steps_alternate : critical_step I mu_star < eta ->
  exists x y, mu_star < x /\ x <> y /\
  coconut_descent I d_star eta (fun k => if Nat.even k then x else y).
Proof.
  intros H. apply critical_slope in H.
  (* far above mu_star a step leads down, and not below mu_star *)
  set (far := mu_star + eta * (alpha I / (n I * sqrt (K I)) * (d_max I - d_min I))).
  assert (R0 := rate_pos I).
  assert (Hfar : mu_star < far).
  { assert (0 < eta * (alpha I / (n I * sqrt (K I)) * (d_max I - d_min I))); [| unfold far; lra].
    apply Rmult_lt_0_compat; [easy |]. apply Rmult_lt_0_compat; lra. }
  assert (Falls : forall x, mu_star <= x -> coconut_step x <= x).
  { intros x Hx. apply (F_nondecreasing I) in Hx. unfold coconut_step, velocity.
    unfold equilibrium in rest. rewrite <- rest.
    assert (0 <= eta * (alpha I / (n I * sqrt (K I)) * (F I x - F I mu_star))); [| lra].
    apply Rmult_le_pos; [lra |]. apply Rmult_le_pos; lra. }
  destruct (alternates coconut_step mu_star coconut_step_continuous (proj2 (coconut_step_rest _) rest)
              _ (T1b_step_slope mu_star) far H) as [x [Hx [E2 N]]].
  - intros x Hx. apply coconut_step_rest in Hx. now apply (T1b_unique I d_star).
  - exact Hfar.
  - assert (Down := Falls far ltac:(lra)). assert (Not_below : mu_star <= coconut_step far).
    { unfold coconut_step, velocity, far at 1. unfold equilibrium in rest. rewrite <- rest.
      assert (A := F_at_least I mu_star). assert (B := F_at_most I far).
      assert (0 <= eta * (alpha I / (n I * sqrt (K I)) * (d_max I - d_min I - F I far + F I mu_star))); [| lra].
      apply Rmult_le_pos; [lra |]. apply Rmult_le_pos; lra. }
    assert (X := Falls _ Not_below). lra.
  - exists x, (coconut_step x). split; [easy |]. split; [now apply not_eq_sym |].
    intros k. rewrite Nat.even_succ, <- Nat.negb_even. destruct (Nat.even k); simpl; [easy |].
    symmetry. exact E2.
Qed.
End Coconut.

(* ** Theorem 1(a): descent from 0 keeps to two logarithms, whatever the step *)
Section Bfs.
Variables (I : thought) (eta : R) (mu : nat -> R).
Hypothesis descent : bfs_descent I eta mu.
Hypothesis eta_pos : 0 < eta.
Hypothesis start : mu 0%nat = 0.
Hypothesis leaves : edge_leaves I.
Notation k := (alpha I * s I).

Let kd_pos : 0 < k * d_max I.
Proof. apply Rmult_lt_0_compat; [apply alpha_s_pos | now apply d_max_pos]. Qed.

Lemma bfs_powers m : 1 + b_lo I 0 * eta * INR m <= exp (k * d_max I * mu m) <=
  1 + (exp (eta * b_hi I) - 1) * INR m.
Proof.
  apply (paced (fun m => exp (k * d_max I * mu m)) (fun m => pace I (mu m))).
  - lra.
  - apply b_lo_nonneg.
  - rewrite start, Rmult_0_r. apply exp_0.
  - intros i. rewrite descent, <- exp_plus. f_equal. rewrite <- pace_value. ring.
  - intros i H. split; [| apply pace_high].
    rewrite <- (Rminus_0_r (mu i)) at 1. apply pace_low.
    apply Rmult_le_reg_l with (k * d_max I); [easy |]. rewrite Rmult_0_r.
    apply Rnot_lt_le. intros L. apply exp_increasing in L. rewrite exp_0 in L. lra.
Qed.

Theorem T1a_steps m :
  / (k * d_max I) * ln (1 + b_lo I 0 * (eta * INR m)) <= mu m <=
  / (k * d_max I) * ln (1 + (exp (eta * b_hi I) - 1) * INR m).
Proof.
  destruct (bfs_powers m) as [L U]. split; [| now apply ln_at_least].
  apply ln_at_most; [easy | | lra].
  assert (0 <= b_lo I 0 * (eta * INR m)); [| lra].
  apply Rmult_le_pos; [apply b_lo_nonneg |]. apply Rmult_le_pos; [lra | apply pos_INR].
Qed.

(* and diverges. *)
Theorem T1a_steps_diverge : 0 < n_out I -> is_lim_seq mu p_infty.
Proof.
  intros Hout. assert (B := b_lo_pos I 0 Hout leaves).
  assert (Q : 0 < b_lo I 0 * eta) by now apply Rmult_lt_0_compat.
  apply is_lim_seq_spec. intros M.
  assert (X := is_lim_seq_INR). apply is_lim_seq_spec in X.
  destruct (X (exp (k * d_max I * M) / (b_lo I 0 * eta))) as [N HN]. exists N. intros m Hm.
  specialize (HN m Hm). apply (Rmult_lt_compat_l _ _ _ Q) in HN.
  replace (b_lo I 0 * eta * (exp (k * d_max I * M) / (b_lo I 0 * eta))) with (exp (k * d_max I * M)) in HN
    by (field; lra).
  destruct (bfs_powers m) as [L _].
  assert (E : exp (k * d_max I * M) < exp (k * d_max I * mu m)) by lra.
  apply exp_lt_inv in E. now apply Rmult_lt_reg_l in E.
Qed.
End Bfs.

(* ** Theorem 1(b) at the ends of the range of d_star *)
Section Leave.
Variables (I : thought) (b x : nat -> R) (gap eta : R) (nu : nat -> R).
Notation k := (alpha I * s I).
Hypothesis gap_pos : 0 < gap.
Hypothesis x_values : forall v, In v (V I) -> x v = 0 \/ gap <= x v.
Hypothesis bottom : 0 < weight_at I b x 0.
Hypothesis eta_pos : 0 < eta.
Hypothesis descent : forall m, nu (S m) = nu m + eta * (alpha I / (n I * sqrt (K I)) * leave I b x (nu m)).
Hypothesis start : nu 0%nat = 0.

Lemma leave_steps m :
  / (k * gap) * ln (1 + end_lo I b x gap * (eta * INR m)) <= nu m <=
  / (k * gap) * ln (1 + (exp (eta * end_hi I b x gap) - 1) * INR m).
Proof.
  assert (P := k_gap_pos I gap gap_pos).
  assert (Lo := end_lo_nonneg I b x gap gap_pos).
  destruct (paced (fun m => exp (k * gap * nu m)) (fun m => kappa I * gap * leave I b x (nu m))
              eta (end_lo I b x gap) (end_hi I b x gap) ltac:(lra) Lo) with (k := m) as [L U].
  - rewrite start, Rmult_0_r. apply exp_0.
  - intros i. rewrite descent, <- exp_plus. f_equal. rewrite <- leave_pace. ring.
  - intros i H. apply leave_bounds; try easy.
    apply Rmult_le_reg_l with (k * gap); [easy |]. rewrite Rmult_0_r.
    apply Rnot_lt_le. intros L. apply exp_increasing in L. rewrite exp_0 in L. lra.
  - split; [| now apply ln_at_least]. apply ln_at_most; [easy | | lra].
    assert (0 <= end_lo I b x gap * (eta * INR m)); [| lra].
    apply Rmult_le_pos; [easy |]. apply Rmult_le_pos; [lra | apply pos_INR].
Qed.
End Leave.

Section Cases.
Variables (I : thought) (eta : R) (mu : nat -> R) (u : nat).
Hypothesis eta_pos : 0 < eta.
Hypothesis start : mu 0%nat = 0.

(* d_star = d_max, u of the second-largest in-degree that occurs. *)
Theorem T1b_up_steps :
  coconut_descent I (d_max I) eta mu -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) -> forall m,
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_lo I (d_max I) (d I u) * (eta * INR m)) <= mu m <=
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + (exp (eta * leave_hi I (d_max I) (d I u)) - 1) * INR m).
Proof.
  intros descent Hlt H2 m. destruct (leave_from_0 I (d_max I) (d I u)) as [<- <-].
  destruct (up_constants I 0 u Hlt) as [<- <-].
  apply (leave_steps I _ (above I) (above I u)).
  - now apply Rlt_Rminus.
  - now apply above_values.
  - apply bottom_up.
  - exact eta_pos.
  - intros i. now rewrite descent, <- up_velocity, Rplus_0_l.
  - exact start.
Qed.

(* d_star = d_min, u of the second-smallest in-degree that occurs. *)
Theorem T1b_down_steps :
  coconut_descent I (d_min I) eta mu -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) -> forall m,
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_lo I (d_min I) (d I u) * (eta * INR m)) <= - mu m <=
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + (exp (eta * leave_hi I (d_min I) (d I u)) - 1) * INR m).
Proof.
  intros descent Hlt H2 m. destruct (leave_from_0 I (d_min I) (d I u)) as [<- <-].
  destruct (down_constants I 0 u Hlt) as [<- <-].
  apply (leave_steps I _ (over I) (over I u) eta (fun m => - mu m)).
  - now apply Rlt_Rminus.
  - now apply over_values.
  - apply bottom_down.
  - exact eta_pos.
  - intros i. cbv beta. rewrite descent, <- down_velocity. replace (0 - - mu i) with (mu i) by ring. ring.
  - rewrite start. ring.
Qed.
End Cases.
