(* The carry-over theorem on digraphs: at c = 0, with a root that has no self-loop, the two trained
   logits of Coconut-BFS follow the equations of CarryOver.v. *)
From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model CarryOver.
Import ListNotations.
Open Scope R_scope.

(* xi_v = alpha s (omega a_v + mu d_v) *)
Definition xi_carry (I : thought) (mu omega : R) (v : nat) : R :=
  alpha I * s I * (omega * a I v + mu * d I v).

(* Coconut-BFS with both logits trained, omega at 1/r times the rate of mu:
   mu' = rate alpha s (E_S[d] - E_V[d]),  omega' = (rate/r) alpha s (E_S[a] - E_V[a]),  S = N_{c+1}. *)
Definition carry_over_flow (I : thought) (rate r : R) (mu omega : R -> R) : Prop :=
  evolves mu (fun t => rate * (alpha I * s I) *
    (mean (next I) (xi_carry I (mu t) (omega t)) (d I) - mean (V I) (xi_carry I (mu t) (omega t)) (d I))) /\
  evolves omega (fun t => / r * (rate * (alpha I * s I) *
    (mean (next I) (xi_carry I (mu t) (omega t)) (a I) - mean (V I) (xi_carry I (mu t) (omega t)) (a I)))).

(* The number m of children of the root. *)
Definition children (I : thought) : R := INR (count (edge (graph I) (root I)) (V I)).

Section FirstStep.
Variable I : instance.
Hypothesis c0 : c I = 0%nat.
Hypothesis no_loop : edge (graph I) (root I) (root I) = false.
Notation r0 := (root I).
Notation child v := (edge (graph I) (root I) v).

Lemma a_at v : a I v = one (v =? r0).
Proof. rewrite uniform_a. unfold in_N. now rewrite c0. Qed.

Lemma K_is_1 : K I = 1.
Proof.
  rewrite uniform_K. unfold count. rewrite sum_count.
  rewrite (sum_ext _ _ (fun v => one (v =? r0) * 1)) by (intros; rewrite Rmult_1_r; apply a_at).
  apply (sum_single (V I) r0 (fun _ => 1)); [apply vertices_nodup | apply root_in_V].
Qed.

Lemma s_is_1 : s I = 1.
Proof. unfold s. rewrite K_is_1, sqrt_1. lra. Qed.

Lemma d_at v : d I v = one (child v).
Proof.
  unfold d. rewrite (sum_ext _ _ (fun u => one (u =? r0) * one (edge (graph I) u v))).
  - apply (sum_single (V I) r0 (fun u => one (edge (graph I) u v)));
      [apply vertices_nodup | apply root_in_V].
  - intros u _. now rewrite a_at.
Qed.

Lemma in_next_at v : in_next I v = (v =? r0) || child v.
Proof.
  destruct (in_next I v) eqn:E.
  - apply N_next in E. destruct E as [E | E].
    + rewrite c0 in E. simpl in E. now rewrite E.
    + apply lt_INR in E. simpl in E. change (0 < INR (degree I v)) in E. rewrite <- uniform_d, d_at in E.
      destruct (child v); [now rewrite orb_true_r | simpl in E; lra].
  - apply outside in E. rewrite a_at, d_at in E. destruct E as [E1 E2].
    destruct (v =? r0); simpl in E1; [lra |]. destruct (child v); simpl in *; [lra | easy].
Qed.

Lemma not_both v : (v =? r0) = true -> child v = false.
Proof. intros H. apply Nat.eqb_eq in H. now subst. Qed.

Variables mu omega : R.
Notation ea := (exp (alpha I * omega)).
Notation eb := (exp (alpha I * mu)).
Notation x := (xi_carry I mu omega).

Lemma exp_at v : exp (x v) = one (v =? r0) * ea + one (child v) * eb + one (negb (in_next I v)).
Proof.
  unfold xi_carry. rewrite s_is_1, a_at, d_at, in_next_at. assert (H := not_both v).
  destruct (v =? r0); [rewrite H by easy |]; simpl.
  - rewrite !Rmult_1_l, Rmult_0_l, !Rplus_0_r. f_equal. ring.
  - destruct (child v); simpl.
    + rewrite Rmult_0_l, Rmult_1_l, Rplus_0_l, Rplus_0_r. f_equal. ring.
    + replace (alpha I * 1 * (omega * 0 + mu * 0)) with 0 by ring. rewrite exp_0. ring.
Qed.

Lemma sum_root : sum (V I) (fun v => one (v =? r0) * ea) = ea.
Proof. apply (sum_single (V I) r0 (fun _ => ea)); [apply vertices_nodup | apply root_in_V]. Qed.

Lemma sum_children : sum (V I) (fun v => one (child v) * eb) = children I * eb.
Proof. rewrite sum_scal_r. unfold children, count. now rewrite sum_count. Qed.

Lemma next_partition : partition (next I) x = Z_S (alpha I) (children I) mu omega.
Proof.
  unfold partition, next. rewrite sum_filter.
  rewrite (sum_ext _ _ (fun v => one (v =? r0) * ea + one (child v) * eb)).
  - now rewrite sum_plus, sum_root, sum_children.
  - intros v _. rewrite exp_at, in_next_at. destruct (v =? r0), (child v); simpl; ring.
Qed.

Lemma all_partition : partition (V I) x = Z_S (alpha I) (children I) mu omega + n_out I.
Proof.
  unfold partition. rewrite (sum_ext _ _ _ (fun v _ => exp_at v)), 2 sum_plus, sum_root, sum_children.
  unfold n_out, count. now rewrite sum_count.
Qed.

Lemma weight_d v : d I v * exp (x v) = one (child v) * eb.
Proof.
  rewrite exp_at, d_at, in_next_at. assert (H := not_both v).
  destruct (v =? r0); [rewrite H by easy |]; destruct (child v); simpl; ring.
Qed.

Lemma weight_a v : a I v * exp (x v) = one (v =? r0) * ea.
Proof.
  rewrite exp_at, a_at, in_next_at. assert (H := not_both v).
  destruct (v =? r0); [rewrite H by easy |]; destruct (child v); simpl; ring.
Qed.

Lemma next_d : sum (next I) (fun v => d I v * exp (x v)) = children I * eb.
Proof.
  unfold next. rewrite sum_filter, <- sum_children. apply sum_ext. intros v _.
  rewrite weight_d, in_next_at. destruct (v =? r0), (child v); simpl; ring.
Qed.

Lemma next_a : sum (next I) (fun v => a I v * exp (x v)) = ea.
Proof.
  unfold next. rewrite sum_filter, <- sum_root. apply sum_ext. intros v _.
  rewrite weight_a, in_next_at. destruct (v =? r0), (child v); simpl; ring.
Qed.

Lemma Z_S_positive : 0 < Z_S (alpha I) (children I) mu omega.
Proof.
  unfold Z_S. assert (A := exp_pos (alpha I * omega)). assert (B := exp_pos (alpha I * mu)).
  assert (C : 0 <= children I) by apply pos_INR.
  assert (0 <= children I * eb) by (apply Rmult_le_pos; lra). lra.
Qed.

(* E_S[d] - E_V[d] = n_out m e^{alpha mu} / (Z_S (Z_S + n_out)),  and the same for a. *)
Lemma drift_d rate : rate * (alpha I * s I) * (mean (next I) x (d I) - mean (V I) x (d I)) =
  common (alpha I) rate (children I) (n_out I) mu omega * (children I * eb).
Proof.
  assert (P := Z_S_positive). assert (Q : 0 <= n_out I) by apply pos_INR.
  unfold mean. rewrite next_partition, all_partition, next_d, s_is_1.
  rewrite (sum_ext _ _ _ (fun v _ => weight_d v)), sum_children. unfold common. field. lra.
Qed.

Lemma drift_a rate : rate * (alpha I * s I) * (mean (next I) x (a I) - mean (V I) x (a I)) =
  common (alpha I) rate (children I) (n_out I) mu omega * ea.
Proof.
  assert (P := Z_S_positive). assert (Q : 0 <= n_out I) by apply pos_INR.
  unfold mean. rewrite next_partition, all_partition, next_a, s_is_1.
  rewrite (sum_ext _ _ _ (fun v _ => weight_a v)), sum_root. unfold common. field. lra.
Qed.

(* n = 1 + m + n_out *)
Lemma head_count : n I = 1 + children I + n_out I.
Proof.
  assert (E : n I = sum (V I) (fun _ => 1)).
  { rewrite sum_const, Rmult_1_r. unfold n, V, vertices. now rewrite seq_length. }
  rewrite E. unfold children, n_out, count. rewrite 2 sum_count.
  rewrite (sum_ext _ _ (fun v => one (v =? r0) * 1 + one (child v) + one (negb (in_next I v)))).
  - rewrite 2 sum_plus. f_equal. f_equal.
    apply (sum_single (V I) r0 (fun _ => 1)); [apply vertices_nodup | apply root_in_V].
  - intros v _. rewrite in_next_at. assert (H := not_both v).
    destruct (v =? r0); [rewrite H by easy |]; destruct (child v); simpl; ring.
Qed.
End FirstStep.

Section Training.
Variables (I : instance) (rate r mu0 omega0 : R) (mu omega : R -> R).
Hypothesis c0 : c I = 0%nat.                                              (* the first step *)
Hypothesis no_loop : edge (graph I) (root I) (root I) = false.
Hypothesis rate_pos : 0 < rate.
Hypothesis r_pos : 0 < r.
Hypothesis some_child : 0 < children I.
Hypothesis some_out : 0 < n_out I.
Hypothesis flow : carry_over_flow I rate r mu omega.
Hypothesis mu_start : mu 0 = mu0.
Hypothesis omega_start : omega 0 = omega0.

Lemma mu_equation : evolves mu (fun t =>
  common (alpha I) rate (children I) (n_out I) (mu t) (omega t) * (children I * exp (alpha I * mu t))).
Proof.
  eapply evolves_ext; [| | exact (proj1 flow)]; [easy |]. intros t _. now apply drift_d.
Qed.

Lemma omega_equation : evolves omega (fun t =>
  / r * (common (alpha I) rate (children I) (n_out I) (mu t) (omega t) * exp (alpha I * omega t))).
Proof.
  eapply evolves_ext; [| | exact (proj2 flow)]; [easy |]. intros t _. cbv beta. f_equal. now apply drift_a.
Qed.

(* delta = e^{- alpha mu0} - r m e^{- alpha omega0} *)
Let delta : R := delta (alpha I) r (children I) mu0 omega0.

(* The part of the new vertices in the softmax over N_1, and that of the root. *)
Definition part (f : nat -> R) (t : R) : R := mean (next I) (xi_carry I (mu t) (omega t)) f.

Lemma part_of_new t : part (d I) t = part_new (alpha I) (children I) mu omega t.
Proof. unfold part, mean. now rewrite next_d, next_partition. Qed.

Lemma part_of_root t : part (a I) t = part_root (alpha I) (children I) mu omega t.
Proof. unfold part, mean. now rewrite next_a, next_partition. Qed.

(* The carry-over theorem at c = 0:  e^{- alpha mu} - r m e^{- alpha omega} = delta for all t, and
   delta > 0:  omega -> oo,  mu -> - log(delta)/alpha, bounded, and the softmax forgets the children;
   delta < 0:  mu -> oo,  omega -> - log(- delta/(r m))/alpha, and the softmax forgets the root;
   delta = 0:  both diverge. *)
Theorem carry_over :
  (forall t, 0 <= t -> exp (- alpha I * mu t) - r * children I * exp (- alpha I * omega t) = delta) /\
  (0 < delta -> is_lim omega p_infty p_infty /\ is_lim mu p_infty (- ln delta / alpha I) /\
                is_lim (part (d I)) p_infty 0) /\
  (delta < 0 -> is_lim mu p_infty p_infty /\
                is_lim omega p_infty (- ln (- delta / (r * children I)) / alpha I) /\
                is_lim (part (a I)) p_infty 0) /\
  (delta = 0 -> is_lim omega p_infty p_infty /\ is_lim mu p_infty p_infty).
Proof.
  assert (A := alpha_positive I). assert (M := mu_equation). assert (O := omega_equation).
  split; [| split; [| split]].
  - exact (carry_over_conserved _ _ _ _ _ _ _ r_pos mu omega M O mu_start omega_start).
  - intros H.
    destruct (carry_over_bounded _ _ _ _ _ _ _ A rate_pos r_pos some_child some_out mu omega M O mu_start omega_start H).
    split; [easy |]. split; [easy |].
    apply (is_lim_ext _ _ _ _ (fun t => eq_sym (part_of_new t))).
    exact (carry_over_forgets_new _ _ _ _ _ _ _ A rate_pos r_pos some_child some_out mu omega M O mu_start omega_start H).
  - intros H.
    destruct (carry_over_diverges _ _ _ _ _ _ _ A rate_pos r_pos some_child some_out mu omega M O mu_start omega_start H).
    split; [easy |]. split; [easy |].
    apply (is_lim_ext _ _ _ _ (fun t => eq_sym (part_of_root t))).
    exact (carry_over_forgets_root _ _ _ _ _ _ _ A rate_pos r_pos some_child some_out mu omega M O mu_start omega_start H).
  - exact (carry_over_both _ _ _ _ _ _ _ A rate_pos r_pos some_child some_out mu omega M O mu_start omega_start).
Qed.

(* The usual rates, 1/n for mu and 1 for omega, from mu = 0 <= omega:  mu stays bounded on every
   digraph. *)
Theorem carry_over_usual : r = / n I -> mu0 = 0 -> 0 <= omega0 ->
  is_lim mu p_infty (- ln delta / alpha I).
Proof.
  intros E E0 Ho. assert (P : 0 < delta).
  { unfold delta. rewrite E, E0. apply carry_over_usual_rates; [apply alpha_positive | apply n_pos | | easy].
    rewrite (head_count I c0 no_loop). lra. }
  destruct carry_over as [_ [H _]]. apply (H P).
Qed.
End Training.
