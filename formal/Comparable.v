(* Theorem 2, comparable weights: when does one thought from uniform weights keep all vertices of
   N_{c+1} at comparable weight, uniformly in large mu, and uniformly in small mu ? *)
From Coq Require Import Reals Lra Lia List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Sums Digraph Model DivergesBfs Superposition.
Import ListNotations.
Open Scope R_scope.

(* From weights l on N_c the new thought is  l (a_v + mu d_v). *)
Theorem T2_uniform (I : instance) (l mu : R) (v : nat) :
  think (graph I) mu (fun u => l * one (in_N I u)) v = l * (a I v + mu * d I v).
Proof.
  unfold think. replace (sum (vertices (graph I))
    (fun u => l * one (in_N I u) * one (edge (graph I) u v))) with (l * d I v); [rewrite uniform_a; ring |].
  unfold d. rewrite <- sum_scal. apply sum_ext. intros u _. rewrite uniform_a. ring.
Qed.

Definition new_weight (I : instance) (mu : R) (v : nat) : R := a I v + mu * d I v.

(* The largest weight is at most B times the least, for all mu with P mu. *)
Definition comparable (I : instance) (P : R -> Prop) : Prop :=
  exists B, forall mu v w, P mu -> In v (next I) -> In w (next I) ->
  new_weight I mu v <= B * new_weight I mu w.

Section Comparable.
Variable I : instance.

Lemma a_at_most v : a I v <= 1.
Proof. rewrite uniform_a. destruct (in_N I v); simpl; lra. Qed.

Lemma d_whole v : 0 < d I v -> 1 <= d I v.
Proof.
  rewrite uniform_d. intros H. apply (INR_lt 0) in H. apply (le_INR 1). lia.
Qed.

Lemma weight_at_most mu v : 0 < mu -> In v (next I) -> new_weight I mu v <= 1 + mu * d_max I.
Proof.
  intros Hmu Hv. unfold new_weight. assert (A := a_at_most v).
  assert (D := d_at_most I v (in_next_in_V I v Hv)).
  assert (mu * d I v <= mu * d_max I) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma next_cases v : In v (next I) -> in_N I v = true \/ 0 < d I v.
Proof.
  intros H. apply filter_In in H. destruct H as [_ H]. apply N_next in H.
  destruct H as [H | H]; [now left | right]. rewrite uniform_d. apply lt_0_INR. exact H.
Qed.

(* As mu -> oo the weights stay comparable  iff  every vertex of N_c has an edge from N_c
   (given that some edge starts in N_c at all). *)
Theorem T2_large : edge_leaves I ->
  (comparable I (fun mu => 1 <= mu) <-> forall v, In v (V I) -> in_N I v = true -> 0 < d I v).
Proof.
  intros He. split.
  - intros [B HB] v Hv Nv. destruct (Rle_lt_or_eq_dec _ _ (d_nonneg I v)) as [H | H]; [easy | exfalso].
    destruct (edge_degree I He) as [w [Hw Dw]].
    assert (Vn : In v (next I)) by (apply filter_In; split; [easy | now apply N_grows]).
    set (mu := Rmax 1 (B + 1)). assert (M1 := Rmax_l 1 (B + 1)). assert (M2 := Rmax_r 1 (B + 1)).
    fold mu in M1, M2. assert (X := HB mu w v M1 Hw Vn).
    unfold new_weight in X. rewrite <- H in X. rewrite (uniform_a I v), Nv in X. simpl in X.
    assert (A := a_nonneg I w (in_next_in_V I w Hw)). apply d_whole in Dw.
    assert (mu * 1 <= mu * d I w) by (apply Rmult_le_compat_l; lra). lra.
  - intros H. exists (1 + d_max I). intros mu v w Hmu Hv Hw.
    assert (A := weight_at_most mu v ltac:(lra) Hv).
    assert (Dw : 1 <= d I w).
    { apply d_whole. destruct (next_cases w Hw) as [N | N]; [| easy].
      apply H; [now apply in_next_in_V | easy]. }
    assert (M : 0 <= d_max I) by apply d_max_nonneg.
    assert (L : mu <= new_weight I mu w).
    { unfold new_weight. assert (Aw := a_nonneg I w (in_next_in_V I w Hw)).
      assert (mu * 1 <= mu * d I w) by (apply Rmult_le_compat_l; lra). lra. }
    assert ((1 + d_max I) * mu <= (1 + d_max I) * new_weight I mu w) by (apply Rmult_le_compat_l; lra).
    lra.
Qed.

(* As mu -> 0+ the weights stay comparable  iff  N_{c+1} = N_c. *)
Theorem T2_small : comparable I (fun mu => 0 < mu <= 1) <->
  (forall v, In v (V I) -> in_next I v = true -> in_N I v = true).
Proof.
  split.
  - intros [B HB] w Hw Nw. destruct (in_N I w) eqn:E; [easy | exfalso].
    assert (Wn : In w (next I)) by now apply filter_In.
    set (q := Rmax 0 (B * d I w)). assert (Q1 := Rmax_l 0 (B * d I w)). assert (Q2 := Rmax_r 0 (B * d I w)).
    fold q in Q1, Q2.
    assert (P : 0 < / (q + 1)) by (apply Rinv_0_lt_compat; lra).
    assert (P1 : / (q + 1) <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
    assert (X := HB (/ (q + 1)) (root I) w (conj P P1) (root_in_next I) Wn).
    unfold new_weight in X. rewrite (uniform_a I w), E in X. simpl in X.
    assert (R1 : a I (root I) = 1) by (rewrite uniform_a; unfold in_N; now rewrite N_root).
    assert (R2 : 0 <= / (q + 1) * d I (root I)) by (apply Rmult_le_pos; [lra | apply d_nonneg]).
    assert (Y : / (q + 1) * (B * d I w) <= / (q + 1) * q) by (apply Rmult_le_compat_l; lra).
    assert (Z : / (q + 1) * (q + 1) = 1) by (apply Rinv_l; lra). lra.
  - intros H. exists (1 + d_max I). intros mu v w Hmu Hv Hw.
    assert (A := weight_at_most mu v ltac:(lra) Hv).
    assert (M : 0 <= d_max I) by apply d_max_nonneg.
    assert (L : 1 <= new_weight I mu w).
    { unfold new_weight. rewrite uniform_a. assert (Hw' := Hw). apply filter_In in Hw'. destruct Hw' as [H1 H2].
      rewrite (H w H1 H2). simpl.
      assert (0 <= mu * d I w) by (apply Rmult_le_pos; [lra | apply d_nonneg]). lra. }
    assert (mu * d_max I <= 1 * d_max I) by (apply Rmult_le_compat_r; lra).
    assert ((1 + d_max I) * 1 <= (1 + d_max I) * new_weight I mu w) by (apply Rmult_le_compat_l; lra).
    lra.
Qed.
End Comparable.
