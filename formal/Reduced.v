(* Lemma 1: the reduced flows are the gradient flow of the model's loss, averaged over all
   permutations of the vertices, along the diagonal score matrix W = mu I. *)
From Coq Require Import Reals Lra Lia List Arith Bool Permutation.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model.
Import ListNotations.
Open Scope R_scope.

(* ** The model on an instance whose vertices are renamed by p, with a score matrix W *)
Section Loss.
Variables (I : thought) (p : nat -> nat) (label : nat -> bool).
Notation n_c := (in_N I).

(* Thought weights lambda_w = s a_w; after renaming, vertex w stands for p w. *)
Definition lambda (w : nat) : R := s I * a I (p w).

(* Readout alpha ([t_c]_v + sum_{u -> v} sum_w lambda_w W_{w u}). *)
Definition readout (W : nat -> nat -> R) (v : nat) : R :=
  alpha I * (lambda v +
    sum (V I) (fun u => one (edge (graph I) (p u) (p v)) * sum (V I) (fun w => lambda w * W w u))).

(* loss = log sum_V exp(xi) - log sum_{labels} exp(xi):  one label vertex for Coconut,
   N_{c+1} for Coconut-BFS. *)
Definition labelled : list nat := filter (fun v => label (p v)) (V I).
Definition loss (W : nat -> nat -> R) : R :=
  ln (partition (V I) (readout W)) - ln (partition labelled (readout W)).

(* mu I + h E_{w w} *)
Definition diagonal (mu : R) (w : nat) (h : R) (u v : nat) : R :=
  one (u =? v) * mu + one (v =? w) * (one (u =? v) * h).

(* On the diagonal the logits are those of the reduced model, moved by h in one entry. *)
Lemma readout_diagonal mu w h v : In w (V I) ->
  (forall u, In u (V I) -> In (p u) (V I)) -> Permutation (map p (V I)) (V I) ->
  readout (diagonal mu w h) v =
  xi I mu (p v) + h * (alpha I * s I * (a I (p w) * one (edge (graph I) (p w) (p v)))).
Proof.
  intros Hw Hp HP. unfold readout.
  rewrite (sum_ext (V I) _ (fun u => mu * s I * (a I (p u) * one (edge (graph I) (p u) (p v))) +
     one (u =? w) * (h * s I * (a I (p u) * one (edge (graph I) (p u) (p v)))))).
  2: { intros u Hu.
       rewrite (sum_ext (V I) _ (fun x => one (x =? u) * (lambda x * (mu + one (u =? w) * h)))).
       2: { intros x _. unfold diagonal. ring. }
       rewrite (sum_single (V I) u); [| apply vertices_nodup | easy].
       unfold lambda. ring. }
  rewrite sum_plus, sum_scal, (sum_single (V I) w); [| apply vertices_nodup | easy].
  rewrite <- (sum_map p (V I) (fun u => a I u * one (edge (graph I) u (p v)))).
  rewrite (sum_permutation _ _ _ HP). fold (d I (p v)).
  unfold lambda, xi. ring.
Qed.

(* Summing over renamed vertices is summing over the vertices. *)
Lemma mean_renamed (xi f : nat -> R) : Permutation (map p (V I)) (V I) ->
  mean (V I) (fun v => xi (p v)) (fun v => f (p v)) = mean (V I) xi f.
Proof.
  intros HP. unfold mean, partition.
  rewrite <- (sum_map p (V I) (fun v => f v * exp (xi v))), <- (sum_map p (V I) (fun v => exp (xi v))).
  now rewrite 2 (sum_permutation _ _ _ HP).
Qed.

Lemma filter_renamed (q : nat -> bool) (l : list nat) :
  map p (filter (fun v => q (p v)) l) = filter q (map p l).
Proof. induction l; simpl; [easy |]. destruct (q (p a)); simpl; now rewrite IHl. Qed.

Lemma filter_permutation (q : nat -> bool) (l l' : list nat) :
  Permutation l l' -> Permutation (filter q l) (filter q l').
Proof.
  induction 1; simpl.
  - constructor.
  - destruct (q x); [now constructor | easy].
  - destruct (q x), (q y); try constructor; apply Permutation_refl.
  - now apply Permutation_trans with (filter q l').
Qed.

Lemma mean_labelled (xi f : nat -> R) : Permutation (map p (V I)) (V I) ->
  mean labelled (fun v => xi (p v)) (fun v => f (p v)) = mean (filter label (V I)) xi f.
Proof.
  intros HP. unfold mean, partition, labelled.
  rewrite <- (sum_map p (filter (fun v => label (p v)) (V I)) (fun v => f v * exp (xi v))).
  rewrite <- (sum_map p (filter (fun v => label (p v)) (V I)) (fun v => exp (xi v))).
  rewrite filter_renamed. now rewrite 2 (sum_permutation _ _ _ (filter_permutation label _ _ HP)).
Qed.

(* The partial derivative in the entry W_{w w} at W = mu I. *)
Definition partial (mu : R) (w : nat) : R :=
  mean (V I) (xi I mu) (fun v => alpha I * s I * (a I w * one (edge (graph I) w v))) -
  mean (filter label (V I)) (xi I mu) (fun v => alpha I * s I * (a I w * one (edge (graph I) w v))).

Lemma is_derive_loss mu w : In w (V I) ->
  (forall u, In u (V I) -> In (p u) (V I)) -> Permutation (map p (V I)) (V I) ->
  filter label (V I) <> [] ->
  is_derive (fun h => loss (diagonal mu w h)) 0 (partial mu (p w)).
Proof.
  intros Hw Hp HP Hl.
  assert (Hl' : labelled <> []).
  { intros E. apply Hl. assert (X := filter_permutation label _ _ HP).
    rewrite <- filter_renamed in X. fold labelled in X. rewrite E in X.
    now apply Permutation_nil in X. }
  set (x := fun v => alpha I * s I * (a I (p w) * one (edge (graph I) (p w) (p v)))).
  apply (is_derive_ext (fun h => ln (partition (V I) (fun v => xi I mu (p v) + h * x v)) -
                                 ln (partition labelled (fun v => xi I mu (p v) + h * x v)))).
  { intros h. unfold loss, partition. f_equal; f_equal; apply sum_ext; intros v _;
      now rewrite readout_diagonal. }
  assert (X : forall v, is_derive (fun h => xi I mu (p v) + h * x v) 0 (x v)).
  { intros v. auto_derive; [easy | ring]. }
  assert (D1 := is_derive_log_partition (V I) (V_inhabited I)
                  (fun h v => xi I mu (p v) + h * x v) x 0 (fun v _ => X v)).
  assert (D2 := is_derive_log_partition labelled Hl'
                  (fun h v => xi I mu (p v) + h * x v) x 0 (fun v _ => X v)).
  assert (D := is_derive_minus (V := R_NormedModule) _ _ _ _ _ D1 D2).
  replace (partial mu (p w)) with
    (minus (mean (V I) (fun v => xi I mu (p v) + 0 * x v) x)
           (mean labelled (fun v => xi I mu (p v) + 0 * x v) x)); [exact D |].
  unfold partial, minus, plus, opp. simpl. unfold Rminus. f_equal; [| f_equal].
  - rewrite <- (mean_renamed (xi I mu)) by easy. apply mean_ext; intros; [ring | easy].
  - rewrite <- (mean_labelled (xi I mu)) by easy. apply mean_ext; intros; [ring | easy].
Qed.
End Loss.

(* Summed over all diagonal entries the partial derivatives give the drift of the common mu:
   sum_w - d(loss)/dW_{w w} = alpha s (E_S[d] - F(mu)). *)
Lemma partial_sum (I : thought) (label : nat -> bool) (mu : R) :
  sum (V I) (fun w => partial I label mu w) =
  - (alpha I * s I * (mean (filter label (V I)) (xi I mu) (d I) - F I mu)).
Proof.
  assert (X : forall l, sum (V I) (fun w => mean l (xi I mu)
                 (fun v => alpha I * s I * (a I w * one (edge (graph I) w v))))
              = alpha I * s I * mean l (xi I mu) (d I)).
  { intros l. unfold mean, Rdiv. rewrite sum_scal_r, sum_swap, <- Rmult_assoc. f_equal.
    rewrite <- sum_scal. apply sum_ext. intros v _. rewrite sum_scal_r, sum_scal.
    now rewrite Rmult_assoc. }
  unfold partial. rewrite sum_minus, 2 X. unfold F. ring.
Qed.

(* ** All permutations of a list *)
Fixpoint insertions (x : nat) (l : list nat) : list (list nat) :=
  match l with [] => [[x]] | y :: l' => (x :: l) :: map (cons y) (insertions x l') end.
Fixpoint permutations (l : list nat) : list (list nat) :=
  match l with [] => [[]] | x :: l' => flat_map (insertions x) (permutations l') end.

Lemma insertions_spec x l q : In q (insertions x l) <-> exists l1 l2, l = l1 ++ l2 /\ q = l1 ++ x :: l2.
Proof.
  revert q. induction l as [| y l IH]; intros q; simpl.
  - split.
    + intros [<- | []]. now exists [], [].
    + intros [l1 [l2 [E ->]]]. symmetry in E. apply app_eq_nil in E. destruct E as [-> ->]. now left.
  - rewrite in_map_iff. split.
    + intros [<- | [q' [<- H]]]; [now exists [], (y :: l) |].
      apply IH in H. destruct H as [l1 [l2 [-> ->]]]. now exists (y :: l1), l2.
    + intros [[| z l1] [l2 [E ->]]]; simpl in *; [left; now subst | right].
      injection E as -> E. exists (l1 ++ x :: l2). split; [easy |]. apply IH. now exists l1, l2.
Qed.

(* The list [permutations l] holds exactly the permutations of l ... *)
Theorem permutations_spec l q : In q (permutations l) <-> Permutation q l.
Proof.
  revert q. induction l as [| x l IH]; intros q; simpl.
  - split; [intros [<- | []]; constructor |]. intros H. left. symmetry in H.
    now apply Permutation_nil in H.
  - rewrite in_flat_map. split.
    + intros [q' [H1 H2]]. apply insertions_spec in H2. destruct H2 as [l1 [l2 [-> ->]]].
      apply IH in H1. symmetry. apply Permutation_cons_app. now symmetry.
    + intros H. assert (Hx : In x q) by (apply (Permutation_in x (Permutation_sym H)); now left).
      apply in_split in Hx. destruct Hx as [l1 [l2 ->]]. exists (l1 ++ l2). split.
      * apply IH. symmetry in H. apply Permutation_cons_app_inv in H. now symmetry.
      * apply insertions_spec. now exists l1, l2.
Qed.

Lemma insertions_length x l : length (insertions x l) = S (length l).
Proof. induction l; simpl; [easy |]. now rewrite map_length, IHl. Qed.

(* ... and n! of them. *)
Theorem permutations_length l : length (permutations l) = fact (length l).
Proof.
  induction l as [| x l IH]; [easy |].
  assert (X : forall L, (forall q, In q L -> length q = length l) ->
                length (flat_map (insertions x) L) = (length L * S (length l))%nat).
  { induction L as [| q L IHL]; intros H; [easy |]. simpl.
    rewrite app_length, insertions_length, IHL by (intros; apply H; now right).
    rewrite (H q) by now left. lia. }
  simpl permutations. rewrite X, IH.
  - cbn [length fact]. lia.
  - intros q Hq. apply permutations_spec in Hq. now apply Permutation_length.
Qed.

Lemma insertions_sum (g : nat -> R) x q i : (i <= length q)%nat ->
  sum (insertions x q) (fun r => g (nth i r 0%nat)) =
  g x + (INR (length q) - INR i) * g (nth i q 0%nat) + INR i * g (nth (i - 1) q 0%nat).
Proof.
  revert i. induction q as [| y q IH]; intros i H.
  - simpl in H. replace i with 0%nat by lia. simpl. ring.
  - cbn [insertions sum]. rewrite sum_map. destruct i as [| i].
    + cbn [nth]. rewrite (sum_const (insertions x q)), insertions_length. cbn [length]. simpl (INR 0). ring.
    + cbn [nth length]. simpl in H. rewrite IH by lia.
      rewrite 2 S_INR. replace (S i - 1)%nat with i by lia.
      destruct i as [| i]; [simpl; ring |].
      replace (S i - 1)%nat with i by lia. cbn [nth]. ring.
Qed.

Lemma permutations_sum (g : nat -> R) l i : (i < length l)%nat ->
  sum (permutations l) (fun q => g (nth i q 0%nat)) = INR (fact (length l - 1)) * sum l g.
Proof.
  revert i. induction l as [| x l IH]; intros i H; [simpl in H; lia |].
  cbn [permutations]. rewrite sum_flat_map.
  rewrite (sum_ext _ _ (fun q => g x + ((INR (length l) - INR i) * g (nth i q 0%nat)
                                        + INR i * g (nth (i - 1) q 0%nat)))).
  2: { intros q Hq. apply permutations_spec, Permutation_length in Hq.
       rewrite insertions_sum, Hq; [ring |]. simpl in H. lia. }
  rewrite 2 sum_plus, 2 sum_scal, sum_const, permutations_length.
  cbn [length sum] in *. replace (S (length l) - 1)%nat with (length l) by lia.
  destruct l as [| y l].
  - simpl in *. replace i with 0%nat by lia. simpl. ring.
  - set (l' := y :: l) in *.
    assert (E : INR (fact (length l')) = INR (length l') * INR (fact (length l' - 1))).
    { rewrite <- mult_INR. f_equal. unfold l'. cbn [length]. replace (S (length l) - 1)%nat with (length l) by lia.
      easy. }
    rewrite E.
    destruct (Nat.eq_dec i 0) as [-> | Hi].
    + rewrite IH by (unfold l'; simpl; lia). simpl (INR 0). ring.
    + destruct (Nat.eq_dec i (length l')) as [-> | Hi'].
      * rewrite (IH (length l' - 1)%nat) by (unfold l'; simpl; lia). ring.
      * rewrite (IH i), (IH (i - 1)%nat) by lia. ring.
Qed.

(* ** Lemma 1 *)

(* The loss averaged over all n! renamings of the vertices. *)
Definition average_loss (I : thought) (label : nat -> bool) (W : nat -> nat -> R) : R :=
  / INR (fact (order (graph I))) *
  sum (permutations (V I)) (fun q => loss I (fun v => nth v q 0%nat) label W).

Lemma nth_all (q : list nat) : map (fun v => nth v q 0%nat) (seq 0 (length q)) = q.
Proof.
  induction q as [| x q IH]; [easy |]. cbn [length seq map nth]. f_equal.
  rewrite <- seq_shift, map_map. exact IH.
Qed.

(* Lemma 1.  At W = mu I every diagonal entry of the gradient of the averaged loss is the same,
   namely 1/n of the sum over one instance:
   - d(average loss)/dW_{w w} = alpha/(n sqrt K) (E_S[d] - F(mu)),  S the labelled set. *)
Theorem L1 (I : thought) (label : nat -> bool) (mu : R) (w : nat) :
  In w (V I) -> filter label (V I) <> [] ->
  is_derive (fun h => average_loss I label (diagonal mu w h)) 0
    (- (alpha I / (n I * sqrt (K I)) * (mean (filter label (V I)) (xi I mu) (d I) - F I mu))).
Proof.
  intros Hw Hl. assert (Hn := n_pos I). assert (HK := sqrt_lt_R0 _ (K_pos I)).
  assert (len : length (V I) = order (graph I)) by apply seq_length.
  replace (- (alpha I / (n I * sqrt (K I)) * (mean (filter label (V I)) (xi I mu) (d I) - F I mu)))
    with (/ INR (fact (order (graph I))) *
          sum (permutations (V I)) (fun q => partial I label mu (nth w q 0%nat))).
  - apply is_derive_scal.
    apply (is_derive_sum (permutations (V I))
             (fun h q => loss I (fun v => nth v q 0%nat) label (diagonal mu w h))).
    intros q Hq. apply permutations_spec in Hq.
    assert (HP : Permutation (map (fun v => nth v q 0%nat) (V I)) (V I)).
    { unfold V at 1. unfold vertices. rewrite <- len, <- (Permutation_length Hq), nth_all. easy. }
    apply (is_derive_loss I (fun v => nth v q 0%nat)); [easy | | easy | easy].
    intros u Hu. apply (Permutation_in _ HP). now apply (in_map (fun v => nth v q 0%nat)).
  - rewrite permutations_sum by (rewrite len; now apply vertices_spec).
    rewrite partial_sum, len.
    assert (E : INR (fact (order (graph I))) = n I * INR (fact (order (graph I) - 1))).
    { unfold n. rewrite <- mult_INR. f_equal. assert (X := root_is_vertex I).
      destruct (order (graph I)) as [| k]; [lia |]. replace (S k - 1)%nat with k by lia. easy. }
    rewrite E. assert (Hf := INR_fact_lt_0 (order (graph I) - 1)). unfold s. field. lra.
Qed.

(* Lemma 1 for Coconut: the label is one vertex p, and E_S[d] = d_p = d_star. *)
Theorem L1_coconut (I : thought) (p w : nat) (mu : R) : In w (V I) -> In p (V I) ->
  is_derive (fun h => average_loss I (fun v => v =? p) (diagonal mu w h)) 0
    (- (alpha I / (n I * sqrt (K I)) * (d I p - F I mu))).
Proof.
  intros Hw Hp.
  assert (Hl : filter (fun v => v =? p) (V I) <> []).
  { intros E. assert (X : In p (filter (fun v => v =? p) (V I))).
    { apply filter_In. split; [easy | apply Nat.eqb_refl]. }
    now rewrite E in X. }
  replace (d I p) with (mean (filter (fun v => v =? p) (V I)) (xi I mu) (d I)); [now apply L1 |].
  rewrite <- (mean_const (filter (fun v => v =? p) (V I)) Hl (xi I mu) (d I p)).
  apply mean_ext; [easy |]. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  apply Nat.eqb_eq in Hv. now subst.
Qed.

(* Lemma 1 for Coconut-BFS: the labels are N_{c+1}. *)
Theorem L1_bfs (I : thought) (w : nat) (mu : R) : In w (V I) ->
  is_derive (fun h => average_loss I (in_next I) (diagonal mu w h)) 0
    (- (alpha I / (n I * sqrt (K I)) * (F_in I mu - F I mu))).
Proof.
  intros Hw. apply L1; [easy |]. intros E.
  assert (X : In (root I) (filter (in_next I) (V I))).
  { apply filter_In. split; [apply root_in_V | apply N_root]. }
  now rewrite E in X.
Qed.

(* Training from W = 0: W(t) = mu(t) I, and every diagonal entry follows minus its partial
   derivative of the averaged loss. *)
Definition trains (I : thought) (label : nat -> bool) (mu : R -> R) : Prop :=
  (forall t w, 0 < t -> In w (V I) -> exists g,
     is_derive (fun h => average_loss I label (diagonal (mu t) w h)) 0 g /\ is_derive mu t (- g)) /\
  filterlim mu (at_right 0) (locally (mu 0)).

Lemma trains_iff (I : thought) (label : nat -> bool) (mu g : R -> R) :
  (forall x w, In w (V I) ->
     is_derive (fun h => average_loss I label (diagonal x w h)) 0 (- g x)) ->
  (trains I label mu <-> evolves mu (fun t => g (mu t))).
Proof.
  intros G. split; intros [H C]; split; try exact C.
  - intros t Ht. destruct (H t (root I) Ht (root_in_V I)) as [y [Hy Hmu]].
    assert (E : y = - g (mu t)).
    { rewrite <- (is_derive_unique _ _ _ Hy). symmetry. rewrite <- (is_derive_unique _ _ _ (G (mu t) (root I) (root_in_V I))).
      easy. }
    rewrite E, Ropp_involutive in Hmu. exact Hmu.
  - intros t w Ht Hw. exists (- g (mu t)). split; [now apply G |].
    rewrite Ropp_involutive. now apply H.
Qed.

(* Lemma 1 as a statement about curves: W = mu I trains on the averaged Coconut loss exactly when mu
   follows the reduced flow with d_star = d_p, *)
Theorem L1_coconut_flow (I : thought) (p : nat) (mu : R -> R) : In p (V I) ->
  (trains I (fun v => v =? p) mu <-> coconut_flow I (d I p) mu).
Proof.
  intros Hp. apply (trains_iff I _ mu (fun x => alpha I / (n I * sqrt (K I)) * (d I p - F I x))).
  intros x w Hw. now apply L1_coconut.
Qed.

(* and on the averaged Coconut-BFS loss exactly when mu follows the Coconut-BFS flow. *)
Theorem L1_bfs_flow (I : thought) (mu : R -> R) :
  trains I (in_next I) mu <-> bfs_flow I mu.
Proof.
  apply (trains_iff I _ mu (fun x => alpha I / (n I * sqrt (K I)) * (F_in I x - F I x))).
  intros x w Hw. now apply L1_bfs.
Qed.
