(* Thoughts that were generated: after c steps with positive logits the weights are those of
   Theorem 2, sums over walks, and no longer uniform (A8).  Whatever is proved of a `thought` holds. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Sums Digraph Model Superposition.
Import ListNotations.
Open Scope R_scope.

Section Generated.
Variables (G : digraph) (r : nat) (alpha : R) (logits : list R).
Hypothesis r_vertex : (r < order G)%nat.
Hypothesis alpha_pos : 0 < alpha.
Hypothesis logits_pos : forall mu, In mu logits -> 0 < mu.

Lemma generated_positive v : In v (vertices G) -> N G r (length logits) v = true ->
  0 < thoughts G r logits v.
Proof. intros Hv H. assert (X := T2_length G r logits logits_pos v Hv). now rewrite H in X. Qed.

(* The thought after the steps with these logits, the last step first. *)
Definition generated : thought :=
  Thought G r (length logits) alpha (thoughts G r logits) r_vertex alpha_pos generated_positive.

(* Its weights are w = prod_i (I + mu_i A^T) e_r on all vertices, *)
Theorem generated_weights v : In v (V generated) -> a generated v = thoughts G r logits v.
Proof.
  intros Hv. assert (X := T2_length G r logits logits_pos v Hv). unfold a, in_N.
  change (N (graph generated) (root generated) (c generated) v) with (N G r (length logits) v).
  now destruct (N G r (length logits) v).
Qed.

(* its in-degrees d_v = sum_{u -> v} w_u, *)
Theorem generated_degrees v :
  d generated v = sum (vertices G) (fun u => thoughts G r logits u * one (edge G u v)).
Proof. apply sum_ext. intros u Hu. now rewrite generated_weights. Qed.

(* and its norm sqrt(q), q = sum_v w_v^2. *)
Theorem generated_norm : K generated = sum (vertices G) (fun v => thoughts G r logits v ^ 2).
Proof. apply sum_ext. intros v Hv. now rewrite generated_weights. Qed.
End Generated.
