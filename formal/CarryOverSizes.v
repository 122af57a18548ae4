(* Weighted in-degrees within N_c and among the new vertices, and how they grow with the logit. *)
From Coq Require Import Reals Lra Lia List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model.
Import ListNotations.
Open Scope R_scope.

Section Sizes.
Variable I : instance.
Notation k := (alpha I * s I).
Notation N_c := (filter (in_N I) (V I)).
Notation fresh := (filter (fun v => negb (in_N I v)) (next I)).   (* the new vertices *)

(* Sum of w_v y^{d_v} over l, y = e^{alpha s m}. *)
Definition weigh (l : list nat) (w : nat -> R) (m : R) : R := sum l (fun v => w v * exp (k * (m * d I v))).

(* The largest in-degrees d_N and d_F, and who has them. *)
Definition d_known : R := max_of N_c (d I).
Definition d_fresh : R := max_of fresh (d I).
Definition has (D : R) (v : nat) : R := if Req_EM_T (d I v) D then 1 else 0.
Definition m_known : R := sum N_c (has d_known).
Definition m_fresh : R := sum fresh (has d_fresh).

(* E = sum over the new v of d_v y^{d_v} over e^{alpha s omega} m_N y^{d_N} *)
Definition E_fresh (m o : R) : R := weigh fresh (d I) m / (exp (k * o) * (m_known * exp (k * (m * d_known)))).
(* B = d_F m_F y^{d_F} over e^{alpha s omega} (sum over N_c of y^{d_v}) *)
Definition B_fresh (m o : R) : R :=
  d_fresh * m_fresh * exp (k * (m * d_fresh)) / (exp (k * o) * weigh N_c (fun _ => 1) m).

Lemma has_nonneg D v : 0 <= has D v.
Proof. unfold has. destruct (Req_EM_T _ _); lra. Qed.

Lemma has_top l D m : sum l (has D) * exp (k * (m * D)) <= weigh l (fun _ => 1) m.
Proof.
  unfold weigh. rewrite <- sum_scal_r. apply sum_le. intros v _. unfold has.
  destruct (Req_EM_T (d I v) D) as [-> | _]; [lra |]. rewrite Rmult_0_l, Rmult_1_l. left. apply exp_pos.
Qed.

Lemma has_top_d l D m : 0 <= D -> D * sum l (has D) * exp (k * (m * D)) <= weigh l (d I) m.
Proof.
  intros HD. unfold weigh. rewrite (Rmult_comm D), Rmult_assoc, <- sum_scal_r. apply sum_le. intros v _. unfold has.
  destruct (Req_EM_T (d I v) D) as [-> | _]; [lra |]. rewrite Rmult_0_l.
  apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos].
Qed.

Lemma has_pos l : l <> [] -> 0 < sum l (has (max_of l (d I))).
Proof.
  intros Hl. destruct (max_of_attained l (d I) (fun v _ => d_nonneg I v) Hl) as [w [Hw E]].
  apply (sum_pos _ _ w); [intros; apply has_nonneg | easy |].
  unfold has. destruct (Req_EM_T _ _); [lra | contradiction].
Qed.

Lemma weigh_nonneg l w m : (forall v, 0 <= w v) -> 0 <= weigh l w m.
Proof. intros Hw. apply sum_nonneg. intros v _. apply Rmult_le_pos; [easy | left; apply exp_pos]. Qed.

Lemma weigh_pos l w m v : (forall v, 0 <= w v) -> In v l -> 0 < w v -> 0 < weigh l w m.
Proof.
  intros Hw Hv P. apply (sum_pos _ _ v); [| easy |].
  - intros u _. apply Rmult_le_pos; [easy | left; apply exp_pos].
  - apply Rmult_lt_0_compat; [easy | apply exp_pos].
Qed.

(* No in-degree of l above D:  at m' >= m the sum is at most e^{alpha s (m' - m) D} times that at m. *)
Lemma weigh_grows l w m m' D : (forall v, 0 <= w v) -> (forall v, In v l -> d I v <= D) -> m <= m' ->
  weigh l w m' <= exp (k * ((m' - m) * D)) * weigh l w m.
Proof.
  intros Hw HD Hm. assert (P := alpha_s_pos I). unfold weigh. rewrite <- sum_scal. apply sum_le. intros v Hv.
  replace (exp (k * ((m' - m) * D)) * (w v * exp (k * (m * d I v))))
    with (w v * (exp (k * ((m' - m) * D)) * exp (k * (m * d I v)))) by ring.
  apply Rmult_le_compat_l; [easy |]. rewrite <- exp_plus. apply exp_le.
  assert (Q : (m' - m) * d I v <= (m' - m) * D) by (apply Rmult_le_compat_l; [lra | now apply HD]).
  apply (Rmult_le_compat_l k) in Q; lra.
Qed.

Lemma weigh_rises l w m m' : (forall v, 0 <= w v) -> m <= m' -> weigh l w m <= weigh l w m'.
Proof.
  intros Hw Hm. assert (P := alpha_s_pos I). apply sum_le. intros v _. apply Rmult_le_compat_l; [easy |].
  apply exp_le, Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_r; [apply d_nonneg | easy].
Qed.

Lemma weigh_d_at_most l m D : (forall v, In v l -> d I v <= D) -> weigh l (d I) m <= D * weigh l (fun _ => 1) m.
Proof.
  intros HD. unfold weigh. rewrite <- sum_scal. apply sum_le. intros v Hv. rewrite Rmult_1_l.
  apply Rmult_le_compat_r; [left; apply exp_pos | now apply HD].
Qed.

Lemma d_known_at_most v : In v N_c -> d I v <= d_known.
Proof. apply (max_of_ge N_c (d I)). Qed.

Lemma d_fresh_at_most v : In v fresh -> d I v <= d_fresh.
Proof. apply (max_of_ge fresh (d I)). Qed.

Lemma max_of_nonneg (l : list nat) : 0 <= max_of l (d I).
Proof. induction l; simpl; [lra |]. apply Rle_trans with (1 := IHl), Rmax_r. Qed.

Lemma known_root : In (root I) N_c.
Proof. apply filter_In. split; [apply root_in_V | apply N_root]. Qed.

Lemma m_known_pos : 0 < m_known.
Proof. apply has_pos. assert (H := known_root). now destruct N_c. Qed.

Lemma m_fresh_nonneg : 0 <= m_fresh.
Proof. apply sum_nonneg. intros; apply has_nonneg. Qed.

Lemma m_fresh_pos : 0 < d_fresh -> 0 < m_fresh.
Proof. intros H. apply has_pos. intros E. unfold d_fresh in H. rewrite E in H. simpl in H. lra. Qed.

Lemma known_weigh_pos m : 0 < weigh N_c (fun _ => 1) m.
Proof. apply (weigh_pos _ _ _ (root I)); [intros; lra | apply known_root | lra]. Qed.

Lemma E_fresh_nonneg m o : 0 <= E_fresh m o.
Proof.
  apply Rdiv_le_0_compat; [apply weigh_nonneg, d_nonneg |].
  apply Rmult_lt_0_compat; [apply exp_pos |]. apply Rmult_lt_0_compat; [apply m_known_pos | apply exp_pos].
Qed.

Lemma B_fresh_pos m o : 0 < d_fresh -> 0 < B_fresh m o.
Proof.
  intros H. apply Rdiv_lt_0_compat.
  - apply Rmult_lt_0_compat; [| apply exp_pos]. apply Rmult_lt_0_compat; [easy | now apply m_fresh_pos].
  - apply Rmult_lt_0_compat; [apply exp_pos | apply known_weigh_pos].
Qed.

(* In-degrees are whole. *)
Lemma degree_gap u v : d I u < d I v -> d I u <= d I v - 1.
Proof.
  rewrite 2 uniform_d. intros H. apply INR_lt in H. apply le_INR in H. rewrite S_INR in H. lra.
Qed.

Lemma fresh_degree v : In v fresh -> 1 <= d I v.
Proof.
  intros H. apply filter_In in H. destruct H as [H1 H2]. apply filter_In in H1. destruct H1 as [_ H1].
  apply N_next in H1. destruct H1 as [H1 | H1].
  - change (in_N I v = true) in H1. rewrite H1 in H2. easy.
  - rewrite uniform_d. change (0 < degree I v)%nat in H1. apply (le_INR 1). lia.
Qed.

Lemma known_deficit m m' : m <= m' ->
  (d_known - d_known * weigh N_c (fun _ => 1) m / (m_known * exp (k * (m * d_known))) * exp (- k * (m' - m)))
  * weigh N_c (fun _ => 1) m' <= weigh N_c (d I) m'.
Proof.
  intros Hm. assert (P := alpha_s_pos I). assert (HD := max_of_nonneg N_c). fold d_known in HD.
  set (A0 := weigh N_c (fun _ => 1) m). set (A := weigh N_c (fun _ => 1) m').
  assert (PA0 : 0 < A0) by apply known_weigh_pos. assert (PA : 0 < A) by apply known_weigh_pos.
  assert (PH : 0 < m_known * exp (k * (m * d_known))) by (apply Rmult_lt_0_compat; [apply m_known_pos | apply exp_pos]).
  assert (S1 : d_known * A - weigh N_c (d I) m' <= d_known * A0 * exp (k * ((m' - m) * (d_known - 1)))).
  { unfold A, A0, weigh. rewrite <- 2 sum_scal, <- sum_scal_r, <- sum_minus. apply sum_le. intros v Hv.
    assert (L := d_known_at_most v Hv). assert (Y := exp_pos (k * (m' * d I v))).
    destruct (Req_dec (d I v) d_known) as [E | E].
    - rewrite E. replace (d_known * (1 * exp (k * (m' * d_known))) - d_known * exp (k * (m' * d_known))) with 0 by ring.
      apply Rmult_le_pos; [| left; apply exp_pos]. apply Rmult_le_pos; [easy |]. rewrite Rmult_1_l. left. apply exp_pos.
    - assert (G : d I v <= d_known - 1).
      { unfold d_known in *. destruct (max_of_attained N_c (d I) (fun v _ => d_nonneg I v)) as [w [_ Ew]];
          [assert (H := known_root); now destruct N_c |].
        rewrite <- Ew in *. apply degree_gap. lra. }
      rewrite 2 Rmult_1_l, (Rmult_assoc d_known), <- exp_plus.
      assert (Z : exp (k * (m' * d I v)) <= exp (k * (m * d I v) + k * ((m' - m) * (d_known - 1)))).
      { apply exp_le. assert (Q : (m' - m) * d I v <= (m' - m) * (d_known - 1)) by (apply Rmult_le_compat_l; lra).
        apply (Rmult_le_compat_l k) in Q; lra. }
      assert (W := d_nonneg I v). apply (Rmult_le_compat_l d_known) in Z; [| easy].
      assert (0 <= d I v * exp (k * (m' * d I v))) by (apply Rmult_le_pos; lra). lra. }
  assert (S2 : exp (k * ((m' - m) * (d_known - 1))) * (m_known * exp (k * (m * d_known))) <= exp (- k * (m' - m)) * A).
  { apply Rle_trans with (exp (- k * (m' - m)) * (m_known * exp (k * (m' * d_known)))).
    - replace (exp (k * ((m' - m) * (d_known - 1))) * (m_known * exp (k * (m * d_known))))
        with (m_known * (exp (k * ((m' - m) * (d_known - 1))) * exp (k * (m * d_known)))) by ring.
      replace (exp (- k * (m' - m)) * (m_known * exp (k * (m' * d_known))))
        with (m_known * (exp (- k * (m' - m)) * exp (k * (m' * d_known)))) by ring.
      rewrite <- 2 exp_plus. right. f_equal. f_equal. ring.
    - apply Rmult_le_compat_l; [left; apply exp_pos | apply has_top]. }
  assert (S3 : d_known * A0 * exp (k * ((m' - m) * (d_known - 1))) <=
               d_known * A0 / (m_known * exp (k * (m * d_known))) * (exp (- k * (m' - m)) * A)).
  { apply Rmult_le_reg_r with (m_known * exp (k * (m * d_known))); [easy |].
    apply Rle_trans with (d_known * A0 * (exp (- k * (m' - m)) * A)).
    - rewrite Rmult_assoc. apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | exact S2].
    - right. field. split; apply Rgt_not_eq; [apply exp_pos | apply m_known_pos]. }
  lra.
Qed.

(* E falls to 0 as omega grows, and B grows without bound as it falls. *)
Lemma E_fresh_small r m : 0 <= r -> r * d_known < 1 -> exists hi, forall o, hi <= o -> r * (d_known + E_fresh m o) < 1.
Proof.
  intros Hr H. assert (K := alpha_s_pos I). assert (PA' := alpha_positive I). assert (PS := s_pos I).
  set (b := m_known * exp (k * (m * d_known))). assert (Pb : 0 < b) by (apply Rmult_lt_0_compat; [apply m_known_pos | apply exp_pos]).
  set (D := weigh fresh (d I) m). assert (PD : 0 <= D) by (apply weigh_nonneg, d_nonneg).
  set (rest := 1 - r * d_known). assert (Pr : 0 < rest) by (unfold rest; lra).
  exists (r * D / (b * rest) / k). intros o Ho. assert (X := exp_ineq1_le (k * o)).
  assert (Y : r * D / (b * rest) < exp (k * o)).
  { apply (Rmult_le_compat_l k) in Ho; [| lra].
    replace (k * (r * D / (b * rest) / k)) with (r * D / (b * rest)) in Ho by (field; lra). lra. }
  assert (Z : r * E_fresh m o < rest); [| unfold rest in Z; lra].
  unfold E_fresh. fold b D. apply (Rmult_lt_compat_r (b * rest)) in Y; [| now apply Rmult_lt_0_compat].
  replace (r * D / (b * rest) * (b * rest)) with (r * D) in Y by (field; lra).
  assert (Po := exp_pos (k * o)). apply Rmult_lt_reg_r with (exp (k * o) * b); [now apply Rmult_lt_0_compat |].
  replace (r * (D / (exp (k * o) * b)) * (exp (k * o) * b)) with (r * D) by (field; lra). lra.
Qed.

Lemma B_fresh_large r m : 0 < r -> 0 < d_fresh -> exists lo, forall o, o <= lo -> 1 < r * B_fresh m o.
Proof.
  intros Hr H. assert (K := alpha_s_pos I). assert (PA' := alpha_positive I). assert (PS := s_pos I).
  set (b := d_fresh * m_fresh * exp (k * (m * d_fresh))).
  assert (Pb : 0 < b) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [easy | now apply m_fresh_pos] | apply exp_pos]).
  assert (PA := known_weigh_pos m). set (A := weigh N_c (fun _ => 1) m) in *.
  exists (- (A / (r * b) / k)). intros o Ho. assert (X := exp_ineq1_le (- (k * o))).
  assert (RB : 0 < r * b) by now apply Rmult_lt_0_compat.
  assert (Y : A / (r * b) < exp (- (k * o))).
  { apply (Rmult_le_compat_l k) in Ho; [| lra].
    replace (k * - (A / (r * b) / k)) with (- (A / (r * b))) in Ho by (field; lra). lra. }
  unfold B_fresh. fold b A. assert (Po := exp_pos (k * o)). rewrite exp_Ropp in Y.
  apply (Rmult_lt_compat_r (r * b)) in Y; [| easy]. replace (A / (r * b) * (r * b)) with A in Y by (field; lra).
  apply Rmult_lt_reg_r with A; [easy |].
  replace (r * (b / (exp (k * o) * A)) * A) with (/ exp (k * o) * (r * b)) by (field; lra). lra.
Qed.

(* F_N, the mean in-degree over N_c *)
Lemma F_N_weigh m : mean N_c (xi I m) (d I) * weigh N_c (fun _ => 1) m = weigh N_c (d I) m.
Proof.
  assert (H : N_c <> []) by (assert (X := known_root); now destruct N_c).
  rewrite (mean_shift N_c H (xi I m) (fun v => k * (m * d I v)) (d I) k).
  - transitivity (mean N_c (fun v => k * (m * d I v)) (d I) * partition N_c (fun v => k * (m * d I v))).
    + f_equal. apply sum_ext. intros; ring.
    + apply (mean_times_partition N_c H).
  - intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. unfold xi, a. rewrite Hv. simpl. ring.
Qed.
End Sizes.
