(* Theorem 2: one thought is one step of breadth-first search, and c thoughts are c steps. *)
From Coq Require Import Reals Lra Lia List Arith Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Sums Digraph.
Import ListNotations.
Open Scope R_scope.

(* beta_v = lambda_v + mu sum_{u} lambda_u 1{u -> v}:  the new thought  (I + mu A^T) lambda. *)
Definition think (G : digraph) (mu : R) (lambda : nat -> R) (v : nat) : R :=
  lambda v + mu * sum (vertices G) (fun u => lambda u * one (edge G u v)).

(* lambda is positive exactly on the set S and zero outside. *)
Definition superposition_of (G : digraph) (S : nat -> bool) (lambda : nat -> R) : Prop :=
  forall v, In v (vertices G) -> if S v then 0 < lambda v else lambda v = 0.

(* Theorem 2, in the paper's words: for lambda positive on N_c,
   beta_v = lambda_v 1{v in N_c} + mu sum_{u in N_c} lambda_u 1{u -> v}. *)
Theorem T2_formula (G : digraph) (r c : nat) (mu : R) (lambda : nat -> R) (v : nat) :
  superposition_of G (N G r c) lambda -> In v (vertices G) ->
  think G mu lambda v =
  lambda v * one (N G r c v) +
  mu * sum (filter (N G r c) (vertices G)) (fun u => lambda u * one (edge G u v)).
Proof.
  intros H Hv. unfold think. f_equal.
  - assert (X := H v Hv). destruct (N G r c v); simpl; lra.
  - f_equal. rewrite sum_filter. apply sum_ext. intros u Hu. assert (X := H u Hu).
    destruct (N G r c u); simpl; [ring | rewrite X; ring].
Qed.

(* Theorem 2: for any mu > 0 and any weights that are positive on all of N_c and zero outside,
   the next thought is positive on all of N_{c+1} and zero outside. *)
Theorem T2 (G : digraph) (r c : nat) (mu : R) (lambda : nat -> R) :
  0 < mu -> superposition_of G (N G r c) lambda ->
  superposition_of G (N G r (S c)) (think G mu lambda).
Proof.
  intros Hmu H v Hv.
  assert (NN : forall u, In u (vertices G) -> 0 <= lambda u * one (edge G u v)).
  { intros u Hu. assert (X := H u Hu). apply Rmult_le_pos; [| apply one_nonneg].
    destruct (N G r c u); lra. }
  assert (S0 : 0 <= sum (vertices G) (fun u => lambda u * one (edge G u v))) by now apply sum_nonneg.
  assert (X := H v Hv). unfold think.
  destruct (N G r (S c) v) eqn:E.
  - apply N_next in E. destruct E as [E | E].
    + rewrite E in X. nra.
    + apply count_pos_inv in E. destruct E as [u [Hu E]].
      apply andb_true_iff in E. destruct E as [E1 E2].
      assert (P : 0 < sum (vertices G) (fun u => lambda u * one (edge G u v))).
      { apply (sum_pos _ _ u); [easy | easy |]. assert (Y := H u Hu). rewrite E1 in Y.
        rewrite E2. simpl. lra. }
      assert (0 <= lambda v) by (destruct (N G r c v); lra). nra.
  - destruct (outside_next G r c v E) as [E1 E2]. rewrite E1 in X. rewrite X.
    rewrite (sum_zero (vertices G)); [ring |]. intros u Hu. assert (Y := H u Hu).
    destruct (N G r c u) eqn:Eu; [| rewrite Y; ring].
    destruct (edge G u v) eqn:Ee; [| simpl; ring].
    exfalso. unfold in_degree in E2.
    assert (0 < count (fun u => N G r c u && edge G u v) (vertices G))%nat; [| lia].
    apply (count_pos _ _ u Hu). now rewrite Eu, Ee.
Qed.

(* e_r *)
Definition at_root (r v : nat) : R := one (v =? r).

(* The thought after the steps mu_1, mu_2, ... (last step first in the list):
   prod_i (I + mu_i A^T) e_r. *)
Fixpoint thoughts (G : digraph) (r : nat) (mus : list R) : nat -> R :=
  match mus with
  | [] => at_root r
  | mu :: earlier => think G mu (thoughts G r earlier)
  end.

(* Theorem 2, length generalisation: with any positive logits mu_1 .. mu_c, however and whenever
   trained, c thoughts hold exactly the vertices within c hops of the root. *)
Theorem T2_length (G : digraph) (r : nat) (mus : list R) :
  (forall mu, In mu mus -> 0 < mu) ->
  superposition_of G (N G r (length mus)) (thoughts G r mus).
Proof.
  induction mus as [| mu mus IH]; intros H; simpl length.
  - intros v _. simpl. unfold at_root. destruct (v =? r); simpl; lra.
  - apply T2; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

(* The same if every thought is scaled by a positive factor (a normalisation). *)
Theorem T2_scaled (G : digraph) (S : nat -> bool) (lambda : nat -> R) (z : R) :
  0 < z -> superposition_of G S lambda -> superposition_of G S (fun v => z * lambda v).
Proof.
  intros Hz H v Hv. specialize (H v Hv). destruct (S v); [nra | rewrite H; ring].
Qed.

(* The number of walks with j edges from r to v. *)
Fixpoint walks (G : digraph) (r j v : nat) : nat :=
  match j with
  | O => if v =? r then 1 else 0
  | S j' => fold_right (fun u m => (if edge G u v then walks G r j' u else 0) + m)%nat 0%nat (vertices G)
  end.

Lemma walks_step G r j v :
  INR (walks G r (S j) v) = sum (vertices G) (fun u => INR (walks G r j u) * one (edge G u v)).
Proof.
  simpl. induction (vertices G) as [| u l IH]; [easy |].
  cbn [fold_right sum]. rewrite plus_INR, IH. destruct (edge G u v); simpl; lra.
Qed.

(* The elementary symmetric polynomials of mu_1 .. mu_c. *)
Fixpoint symmetric (mus : list R) (j : nat) : R :=
  match mus, j with
  | [], O => 1
  | [], S _ => 0
  | mu :: l, O => 1
  | mu :: l, S j' => symmetric l (S j') + mu * symmetric l j'
  end.

Lemma symmetric_0 l : symmetric l 0 = 1.
Proof. now destruct l. Qed.

Lemma symmetric_beyond l j : (length l < j)%nat -> symmetric l j = 0.
Proof.
  revert j. induction l as [| m l IH]; intros [| j]; simpl; intros H; try lia; [easy |].
  rewrite 2 IH by lia. ring.
Qed.

Lemma sum_seq_shift k (f : nat -> R) : sum (seq 0 (S k)) f = f 0%nat + sum (seq 0 k) (fun j => f (S j)).
Proof. cbn [seq sum]. now rewrite <- seq_shift, sum_map. Qed.

(* The thought is a polynomial in the logits with natural coefficients, the numbers of walks:
   thought_v = sum_{j <= c} e_j(mu_1 .. mu_c) walks_j(r -> v). *)
Theorem T2_polynomial (G : digraph) (r : nat) (mus : list R) (v : nat) :
  thoughts G r mus v =
  sum (seq 0 (S (length mus))) (fun j => symmetric mus j * INR (walks G r j v)).
Proof.
  revert v. induction mus as [| mu l IH]; intros v.
  - simpl. unfold at_root. destruct (v =? r); simpl; lra.
  - cbn [thoughts]. unfold think. rewrite IH.
    rewrite (sum_ext (vertices G) _ (fun u => sum (seq 0 (S (length l)))
       (fun j => symmetric l j * INR (walks G r j u) * one (edge G u v)))).
    2: { intros u _. rewrite IH, <- sum_scal_r. easy. }
    assert (R1 : sum (vertices G) (fun u => sum (seq 0 (S (length l)))
         (fun j => symmetric l j * INR (walks G r j u) * one (edge G u v)))
       = sum (seq 0 (S (length l))) (fun j => symmetric l j * INR (walks G r (S j) v))).
    { rewrite sum_swap. apply sum_ext. intros j _. rewrite walks_step, <- sum_scal.
      apply sum_ext. intros; ring. }
    rewrite R1. clear R1.
    (* the left sum by one longer, the right by one shifted *)
    assert (L : sum (seq 0 (S (length l))) (fun j => symmetric l j * INR (walks G r j v)) =
                sum (seq 0 (S (S (length l)))) (fun j => symmetric l j * INR (walks G r j v))).
    { rewrite (seq_S (S (length l)) 0), sum_app. cbn [sum]. rewrite symmetric_beyond by (simpl; lia).
      ring. }
    rewrite L. clear L. cbn [length].
    rewrite (sum_seq_shift (S (length l)) (fun j => symmetric l j * INR (walks G r j v))).
    rewrite (sum_seq_shift (S (length l)) (fun j => symmetric (mu :: l) j * INR (walks G r j v))).
    rewrite 2 symmetric_0, Rplus_assoc. f_equal.
    rewrite <- sum_scal, <- sum_plus. apply sum_ext. intros j _. cbn [symmetric]. ring.
Qed.

Lemma choose_0 k : Binomial.C k 0 = 1.
Proof.
  unfold Binomial.C. rewrite Nat.sub_0_r. change (fact 0) with 1%nat. change (INR 1) with 1.
  field. apply INR_fact_neq_0.
Qed.

Lemma choose_all k : Binomial.C k k = 1.
Proof.
  unfold Binomial.C. rewrite Nat.sub_diag. change (fact 0) with 1%nat. change (INR 1) with 1.
  field. apply INR_fact_neq_0.
Qed.

(* At equal logits e_j = C(c, j) mu^j. *)
Lemma symmetric_equal c mu j : (j <= c)%nat -> symmetric (repeat mu c) j = Binomial.C c j * mu ^ j.
Proof.
  revert j. induction c as [| c IH]; intros [| j] H; cbn [repeat symmetric].
  - rewrite choose_0. simpl. ring.
  - lia.
  - rewrite choose_0. simpl. ring.
  - rewrite (IH j) by lia. destruct (Nat.eq_dec j c) as [-> | Hj].
    + rewrite symmetric_beyond by (rewrite repeat_length; lia). rewrite 2 choose_all. simpl. ring.
    + rewrite IH by lia. rewrite <- (pascal c j) by lia. simpl. ring.
Qed.

(* Theorem 2, composition at equal logits:
   thought_v = sum_{j <= c} C(c, j) mu^j walks_j(r -> v). *)
Theorem T2_composition (G : digraph) (r c : nat) (mu : R) (v : nat) :
  thoughts G r (repeat mu c) v =
  sum (seq 0 (S c)) (fun j => Binomial.C c j * mu ^ j * INR (walks G r j v)).
Proof.
  rewrite T2_polynomial, repeat_length. apply sum_ext. intros j Hj. apply in_seq in Hj.
  rewrite symmetric_equal by lia. easy.
Qed.

(* Comparable weights: from uniform weights on N_c, over the new support,
   lambda min(1, mu) <= beta_v <= lambda (1 + mu d_max). *)
Theorem T2_comparable (G : digraph) (r c : nat) (mu l d_max : R) (v : nat) :
  0 < mu -> 0 < l -> In v (vertices G) -> N G r (S c) v = true ->
  (forall w, In w (vertices G) -> INR (in_degree G r c w) <= d_max) ->
  let beta := think G mu (fun u => l * one (N G r c u)) v in
  l * Rmin 1 mu <= beta <= l * (1 + mu * d_max).
Proof.
  intros Hmu Hl Hv HN Hd beta. unfold beta, think.
  replace (sum (vertices G) (fun u => l * one (N G r c u) * one (edge G u v)))
    with (l * INR (in_degree G r c v)).
  2: { unfold in_degree, count. rewrite sum_count, <- sum_scal. apply sum_ext. intros u _.
       rewrite one_andb. ring. }
  assert (D := Hd v Hv). assert (D0 := pos_INR (in_degree G r c v)).
  assert (M1 := Rmin_l 1 mu). assert (M2 := Rmin_r 1 mu).
  apply N_next in HN. split.
  - destruct HN as [HN | HN].
    + rewrite HN. simpl. assert (0 <= mu * (l * INR (in_degree G r c v))); [| nra].
      apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra].
    + assert (1 <= INR (in_degree G r c v)) by (apply (le_INR 1); lia).
      assert (O := one_nonneg (N G r c v)).
      assert (l * (mu * 1) <= l * (mu * INR (in_degree G r c v))) by (repeat apply Rmult_le_compat_l; lra).
      assert (l * Rmin 1 mu <= l * mu) by (apply Rmult_le_compat_l; lra).
      assert (0 <= l * one (N G r c v)) by (apply Rmult_le_pos; lra). lra.
  - assert (l * one (N G r c v) <= l * 1) by (apply Rmult_le_compat_l; [lra | destruct (N G r c v); simpl; lra]).
    assert (l * (mu * INR (in_degree G r c v)) <= l * (mu * d_max)) by (repeat apply Rmult_le_compat_l; lra).
    lra.
Qed.
