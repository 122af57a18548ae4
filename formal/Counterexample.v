(* "The logit is bounded iff d_star < d_max" is false in both directions for general digraphs;
   Theorem T1b_iff has the right condition, and T1b_setting says when the short one suffices. *)
From Coq Require Import Reals Lra Lia List Arith Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity Bounded.
Import ListNotations.
Open Scope R_scope.

(* Three vertices, edges 0->1, 0->2, 1->0, 1->2; root 0, one thought: N_1 = {0,1,2},
   in-degrees 1, 1, 2.  The label is vertex 1:  d_star = 1 = d_min < d_max = 2. *)
Definition triangle_edge (u v : nat) : bool :=
  match u, v with 0, 1 => true | 0, 2 => true | 1, 0 => true | 1, 2 => true | _, _ => false end%nat.
Definition triangle : instance.
Proof. refine (Instance (Digraph 3 triangle_edge) 0 1 1 _ _); [simpl; lia | lra]. Defined.

Lemma triangle_degrees : d_min triangle = 1 /\ d_max triangle = 2 /\ d triangle 1 = 1.
Proof.
  rewrite uniform_d_min, uniform_d_max, uniform_d. change (INR 1 = 1 /\ INR 2 = 2 /\ INR 1 = 1). simpl. lra.
Qed.

(* d_star < d_max, and yet mu -> -oo. *)
Theorem counterexample_unbounded (mu : R -> R) :
  coconut_flow triangle (d triangle 1) mu ->
  d triangle 1 < d_max triangle /\ is_lim mu p_infty m_infty /\ ~ bounded mu.
Proof.
  intros flow. destruct triangle_degrees as [H1 [H2 H3]]. rewrite H3 in *.
  assert (X : is_lim mu p_infty m_infty) by (apply (T1b_down triangle 1 mu flow); lra).
  split; [lra | split; [easy | now apply unbounded_down]].
Qed.

(* Two vertices, edges 0->1, 1->0; root 0, one thought: both in-degrees are 1. *)
Definition pair_edge (u v : nat) : bool :=
  match u, v with 0, 1 => true | 1, 0 => true | _, _ => false end%nat.
Definition pair_of_two : instance.
Proof. refine (Instance (Digraph 2 pair_edge) 0 1 1 _ _); [simpl; lia | lra]. Defined.

Lemma pair_degrees : d_min pair_of_two = 1 /\ d_max pair_of_two = 1 /\ d pair_of_two 1 = 1.
Proof.
  rewrite uniform_d_min, uniform_d_max, uniform_d. change (INR 1 = 1 /\ INR 1 = 1 /\ INR 1 = 1). simpl. lra.
Qed.

(* d_star = d_max, and yet mu is bounded: it does not move. *)
Theorem counterexample_bounded (mu : R -> R) :
  coconut_flow pair_of_two (d pair_of_two 1) mu ->
  ~ d pair_of_two 1 < d_max pair_of_two /\ bounded mu.
Proof.
  intros flow. destruct pair_degrees as [H1 [H2 H3]]. rewrite H3 in *.
  split; [lra |]. apply (T1b_iff pair_of_two 1 mu flow). right.
  apply all_degrees_equal_iff. lra.
Qed.
