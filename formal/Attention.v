(* Softmax attention with a fixed value gain: whatever the logits of the edges, the labels and the
   number of instances, the attention logit mu moves in one direction only. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar.
Import ListNotations.
Open Scope R_scope.

(* ** Functions of one number with a continuous derivative *)
Definition C1 (f : R -> R) : Prop := exists f', (forall x, is_derive f x (f' x)) /\ continuity f'.

Lemma C1_continuous f : C1 f -> continuity f.
Proof.
  intros [f' [D _]] x. apply derivable_continuous_pt. exists (f' x). apply is_derive_Reals, D.
Qed.

Lemma C1_const c : C1 (fun _ => c).
Proof.
  exists (fun _ => 0). split; [intros; apply (is_derive_const (V := R_NormedModule)) |].
  now apply continuity_const.
Qed.

Lemma C1_linear c : C1 (fun x => c * x).
Proof.
  exists (fun _ => c). split; [intros x; auto_derive; [easy | ring] |]. now apply continuity_const.
Qed.

Lemma C1_plus f g : C1 f -> C1 g -> C1 (fun x => f x + g x).
Proof.
  intros [f' [Df Cf]] [g' [Dg Cg]]. exists (fun x => f' x + g' x). split.
  - intros x. now apply (is_derive_plus (V := R_NormedModule) f g).
  - now apply continuity_plus.
Qed.

Lemma C1_mult f g : C1 f -> C1 g -> C1 (fun x => f x * g x).
Proof.
  intros F G. assert (F0 := C1_continuous f F). assert (G0 := C1_continuous g G).
  destruct F as [f' [Df Cf]], G as [g' [Dg Cg]]. exists (fun x => f' x * g x + f x * g' x). split.
  - intros x. apply (is_derive_mult f g x); auto. intros; apply Rmult_comm.
  - apply continuity_plus; now apply continuity_mult.
Qed.

Lemma C1_minus f g : C1 f -> C1 g -> C1 (fun x => f x - g x).
Proof.
  intros F G. destruct (C1_plus f _ F (C1_mult _ g (C1_const (-1)) G)) as [h [Dh Ch]].
  exists h. split; [| easy]. intros x. apply (is_derive_ext (fun x => f x + -1 * g x)); [| apply Dh].
  intros t. simpl. ring.
Qed.

Lemma C1_exp f : C1 f -> C1 (fun x => exp (f x)).
Proof.
  intros F. assert (F0 := C1_continuous f F). destruct F as [f' [Df Cf]].
  exists (fun x => f' x * exp (f x)). split.
  - intros x. apply (is_derive_comp (V := R_NormedModule) exp f); [| apply Df].
    apply is_derive_Reals, derivable_pt_lim_exp.
  - apply continuity_mult; [easy |]. apply (continuity_comp f exp); [easy |].
    apply derivable_continuous, derivable_exp.
Qed.

Lemma C1_inv f : C1 f -> (forall x, f x <> 0) -> C1 (fun x => / f x).
Proof.
  intros F N. assert (F0 := C1_continuous f F). destruct F as [f' [Df Cf]].
  exists (fun x => - f' x / (f x) ^ 2). split.
  - intros x. now apply is_derive_inv.
  - apply continuity_mult; [now apply continuity_opp |]. apply (continuity_inv (fun x => f x ^ 2)).
    + simpl. apply continuity_mult; [easy |]. apply continuity_mult; [easy | now apply continuity_const].
    + intros x. now apply pow_nonzero.
Qed.

Lemma C1_sum {A} (l : list A) (f : A -> R -> R) : (forall v, In v l -> C1 (f v)) ->
  C1 (fun x => sum l (fun v => f v x)).
Proof.
  induction l as [| v l IH]; intros H; simpl; [apply C1_const |].
  apply C1_plus; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

Lemma C1_mean {A} (l : list A) (xi f : A -> R -> R) : l <> [] ->
  (forall v, In v l -> C1 (xi v)) -> (forall v, In v l -> C1 (f v)) ->
  C1 (fun x => mean l (fun v => xi v x) (fun v => f v x)).
Proof.
  intros Hl Hx Hf. unfold mean, Rdiv. apply C1_mult.
  - apply C1_sum. intros v Hv. apply C1_mult; [auto | apply C1_exp; auto].
  - apply C1_inv; [apply C1_sum; intros v Hv; apply C1_exp; auto |].
    intros x. apply Rgt_not_eq. exact (partition_pos l (fun v => xi v x) Hl).
Qed.

(* ** One instance: vertices and edges, the logit x_e mu of an edge e, its head, and the readout
   xi_v = alpha (s a_v + g A_v), A_v the part of the attention on the edges into v *)
Record attention := Attention {
  vertices : list nat;
  edges : list nat;
  head : nat -> nat;
  logit : nat -> R;
  carry : nat -> R;          (* alpha s a_v *)
  gain : R;                  (* alpha g *)
  label : nat -> R;          (* q_v, a law on the vertices *)
  some_vertex : vertices <> [];
  some_edge : edges <> []
}.

Section Instance.
Variable I : attention.

Definition into (v e : nat) : R := one (Nat.eqb (head I e) v).

(* A_v(mu) and its derivative B_v(mu), the covariance of x_e and [e into v] *)
Definition A (mu : R) (v : nat) : R := mean (edges I) (fun e => logit I e * mu) (into v).
Definition B (mu : R) (v : nat) : R :=
  mean (edges I) (fun e => logit I e * mu) (fun e => into v e * logit I e)
  - A mu v * mean (edges I) (fun e => logit I e * mu) (logit I).

Definition readout (mu : R) (v : nat) : R := carry I v + gain I * A mu v.

(* loss = log sum_V exp(xi_v) - sum_v q_v xi_v *)
Definition loss (mu : R) : R :=
  ln (partition (vertices I) (readout mu)) - sum (vertices I) (fun v => label I v * readout mu v).

(* pull = alpha g sum_v (q_v - p_v) B_v *)
Definition pull (mu : R) : R :=
  gain I * (sum (vertices I) (fun v => label I v * B mu v) - mean (vertices I) (readout mu) (B mu)).

Lemma is_derive_A mu v : is_derive (fun x => A x v) mu (B mu v).
Proof.
  apply (is_derive_mean (edges I) (some_edge I) (fun x e => logit I e * x) (logit I) mu).
  intros e _. auto_derive; [easy | ring].
Qed.

Lemma is_derive_readout mu v : is_derive (fun x => readout x v) mu (gain I * B mu v).
Proof.
  unfold readout. replace (gain I * B mu v) with (0 + gain I * B mu v) by ring.
  apply (is_derive_plus (V := R_NormedModule) (fun _ => carry I v)).
  - apply (is_derive_const (V := R_NormedModule)).
  - apply is_derive_scal, is_derive_A.
Qed.

(* pull is minus the gradient of the loss. *)
Theorem attention_gradient mu : is_derive loss mu (- pull mu).
Proof.
  unfold loss.
  assert (D1 := is_derive_log_partition (vertices I) (some_vertex I) readout
                  (fun v => gain I * B mu v) mu (fun v _ => is_derive_readout mu v)).
  assert (D2 := is_derive_sum (vertices I) (fun x v => label I v * readout x v)
                  (fun v => label I v * (gain I * B mu v)) mu
                  (fun v _ => is_derive_scal (fun x => readout x v) mu (label I v) _ (is_derive_readout mu v))).
  assert (D := is_derive_minus (V := R_NormedModule) _ _ _ _ _ D1 D2).
  replace (- pull mu) with (minus (mean (vertices I) (readout mu) (fun v => gain I * B mu v))
    (sum (vertices I) (fun v => label I v * (gain I * B mu v)))); [exact D |].
  unfold pull, minus, plus, opp. simpl.
  rewrite (mean_scal (vertices I)).
  rewrite (sum_ext _ _ (fun v => gain I * (label I v * B mu v))) by (intros; ring).
  rewrite sum_scal. ring.
Qed.

Lemma C1_A v : C1 (fun mu => A mu v).
Proof.
  apply (C1_mean (edges I) (fun e mu => logit I e * mu) (fun e _ => into v e) (some_edge I)).
  - intros e _. apply C1_linear.
  - intros e _. apply C1_const.
Qed.

Lemma C1_B v : C1 (fun mu => B mu v).
Proof.
  unfold B. apply C1_minus.
  - apply (C1_mean (edges I) (fun e mu => logit I e * mu) (fun e _ => into v e * logit I e) (some_edge I)).
    + intros e _. apply C1_linear.
    + intros e _. apply C1_const.
  - apply C1_mult; [apply C1_A |].
    apply (C1_mean (edges I) (fun e mu => logit I e * mu) (fun e _ => logit I e) (some_edge I)).
    + intros e _. apply C1_linear.
    + intros e _. apply C1_const.
Qed.

Lemma C1_pull : C1 pull.
Proof.
  unfold pull. apply C1_mult; [apply C1_const |]. apply C1_minus.
  - apply (C1_sum (vertices I) (fun v mu => label I v * B mu v)). intros v _.
    apply C1_mult; [apply C1_const | apply C1_B].
  - apply (C1_mean (vertices I) (fun v mu => readout mu v) (fun v mu => B mu v) (some_vertex I)).
    + intros v _. unfold readout. apply C1_plus; [apply C1_const |].
      apply C1_mult; [apply C1_const | apply C1_A].
    + intros v _. apply C1_B.
Qed.
End Instance.

(* A data set shares mu:  mu' = rate sum_i pull_i(mu). *)
Definition attention_flow (data : list attention) (rate : R) (mu : R -> R) : Prop :=
  evolves mu (fun t => rate * sum data (fun i => pull i (mu t))).

(* A6-monotone:  mu increases strictly, decreases strictly or does not move, by the sign of mu'(0). *)
Theorem A6_monotone (data : list attention) (rate : R) (mu : R -> R) : attention_flow data rate mu ->
  (0 < rate * sum data (fun i => pull i (mu 0)) -> forall u t, 0 <= u < t -> mu u < mu t) /\
  (rate * sum data (fun i => pull i (mu 0)) < 0 -> forall u t, 0 <= u < t -> mu t < mu u) /\
  (rate * sum data (fun i => pull i (mu 0)) = 0 -> forall t, 0 <= t -> mu t = mu 0).
Proof.
  intros flow.
  assert (H : C1 (fun x => rate * sum data (fun i => pull i x))).
  { apply C1_mult; [apply C1_const |]. apply (C1_sum data (fun i x => pull i x)).
    intros i _. apply C1_pull. }
  destruct H as [g1 [D smooth]].
  exact (autonomous_monotone (fun x => rate * sum data (fun i => pull i x)) g1 D smooth mu flow).
Qed.
