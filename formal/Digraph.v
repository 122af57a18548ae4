(* Finite directed graphs on the vertices 0 .. n-1, the sets N_c of vertices within c hops of a
   root, and in-degrees from N_c. *)
From Coq Require Import Arith Lia List Bool.
Import ListNotations.

Record digraph := Digraph {
  order : nat;                    (* the number n of vertices *)
  edge : nat -> nat -> bool       (* edge u v: is there an edge u -> v ? *)
}.

Definition vertices (G : digraph) : list nat := seq 0 (order G).

Lemma vertices_spec G v : In v (vertices G) <-> v < order G.
Proof. unfold vertices. rewrite in_seq. lia. Qed.

Lemma vertices_nodup G : NoDup (vertices G).
Proof. apply seq_NoDup. Qed.

(* N G r c v: does v lie within c hops of r ?
   N_0 = {r},  N_{c+1} = N_c and all v with an edge u -> v, u in N_c. *)
Fixpoint N (G : digraph) (r c v : nat) : bool :=
  match c with
  | 0 => v =? r
  | S c' => N G r c' v || existsb (fun u => N G r c' u && edge G u v) (vertices G)
  end.

(* walk G j u v: there is a walk with j edges from u to v. *)
Inductive walk (G : digraph) : nat -> nat -> nat -> Prop :=
| walk_here u : walk G 0 u u
| walk_on j u w v : walk G j u w -> In w (vertices G) -> edge G w v = true -> walk G (S j) u v.

(* N_c is what its name says: the ends of walks with at most c edges. *)
Theorem N_walks G r c v : N G r c v = true <-> exists j, j <= c /\ walk G j r v.
Proof.
  revert v. induction c as [| c IH]; intros v; simpl.
  - rewrite Nat.eqb_eq. split.
    + intros ->. exists 0. split; [lia | constructor].
    + intros [j [Hj H]]. inversion H; subst; [easy | lia].
  - rewrite orb_true_iff, existsb_exists. split.
    + intros [H | [u [Hu H]]].
      * apply IH in H. destruct H as [j [Hj H]]. exists j. split; [lia | easy].
      * apply andb_true_iff in H. destruct H as [H He]. apply IH in H. destruct H as [j [Hj H]].
        exists (S j). split; [lia | now apply (walk_on G j r u v)].
    + intros [j [Hj H]]. inversion H as [| i r' w v' Hw Hin He]; subst.
      * left. apply IH. exists 0. split; [lia | constructor].
      * right. exists w. split; [easy |]. rewrite He, andb_true_r. apply IH.
        exists i. split; [lia | easy].
Qed.

Lemma N_root G r c : N G r c r = true.
Proof. apply N_walks. exists 0. split; [lia | constructor]. Qed.

Lemma N_grows G r c v : N G r c v = true -> N G r (S c) v = true.
Proof. intros H. simpl. now rewrite H. Qed.

Definition count (p : nat -> bool) (l : list nat) : nat := length (filter p l).

Lemma count_pos p l v : In v l -> p v = true -> 0 < count p l.
Proof.
  intros Hv Hp. unfold count. assert (H : In v (filter p l)) by now apply filter_In.
  destruct (filter p l); [easy | simpl; lia].
Qed.

Lemma count_pos_inv p l : 0 < count p l -> exists v, In v l /\ p v = true.
Proof.
  unfold count. destruct (filter p l) as [| v l'] eqn:E; simpl; [lia | intros _].
  exists v. apply filter_In. rewrite E. now left.
Qed.

(* The number of edges from N_c into v. *)
Definition in_degree (G : digraph) (r c v : nat) : nat :=
  count (fun u => N G r c u && edge G u v) (vertices G).

Lemma N_next G r c v :
  N G r (S c) v = true <-> N G r c v = true \/ 0 < in_degree G r c v.
Proof.
  simpl. rewrite orb_true_iff, existsb_exists. unfold in_degree. split.
  - intros [H | [u [Hu H]]]; [now left | right]. now apply (count_pos _ _ u).
  - intros [H | H]; [now left | right]. now apply count_pos_inv in H.
Qed.

Lemma outside_next G r c v :
  N G r (S c) v = false -> N G r c v = false /\ in_degree G r c v = 0.
Proof.
  intros H. assert (X := N_next G r c v). rewrite H in X.
  split; [destruct (N G r c v); [symmetry; apply X; now left | easy] |].
  destruct (in_degree G r c v); [easy |].
  assert (false = true) by (apply X; right; lia). easy.
Qed.

(* Largest and least value of a natural-number function on a list. *)
Definition max_over (l : list nat) (f : nat -> nat) : nat :=
  fold_right (fun v m => Nat.max (f v) m) 0 l.
Definition min_over (l : list nat) (f : nat -> nat) : nat :=
  fold_right (fun v m => Nat.min (f v) m) (max_over l f) l.

Lemma max_over_ge l f v : In v l -> f v <= max_over l f.
Proof.
  induction l; simpl; [easy |]. intros [-> | H]; [apply Nat.le_max_l |].
  apply Nat.le_trans with (max_over l f); [auto | apply Nat.le_max_r].
Qed.

Lemma max_over_attained l f : l <> [] -> exists v, In v l /\ f v = max_over l f.
Proof.
  induction l as [| a l IH]; [easy | intros _]. simpl.
  destruct l as [| b l]; [exists a; simpl; lia |].
  destruct IH as [v [Hv E]]; [easy |]. fold (max_over (b :: l) f) in *.
  destruct (Nat.max_spec (f a) (max_over (b :: l) f)) as [[_ H] | [_ H]].
  - exists v. split; [now right | lia].
  - exists a. split; [now left | lia].
Qed.

Lemma fold_min_le (l : list nat) (f : nat -> nat) (m v : nat) : In v l -> fold_right (fun v m => Nat.min (f v) m) m l <= f v.
Proof. induction l; simpl; [easy |]. intros [-> | H]; [lia |]. specialize (IHl H). lia. Qed.

Lemma fold_min_attained (l : list nat) (f : nat -> nat) (m : nat) : l <> [] -> (forall v, In v l -> f v <= m) ->
  exists v, In v l /\ f v = fold_right (fun v m => Nat.min (f v) m) m l.
Proof.
  induction l as [| a l IH]; [easy | intros _ Hm]. simpl.
  destruct l as [| b l]; [exists a; simpl; specialize (Hm a (or_introl eq_refl)); lia |].
  destruct IH as [v [Hv E]]; [easy | intros; apply Hm; now right |].
  set (x := fold_right _ m (b :: l)) in *.
  destruct (Nat.min_spec (f a) x) as [[_ H] | [_ H]].
  - exists a. split; [now left | lia].
  - exists v. split; [now right | lia].
Qed.

Lemma min_over_le l f v : In v l -> min_over l f <= f v.
Proof. apply fold_min_le. Qed.

Lemma min_over_attained l f : l <> [] -> exists v, In v l /\ f v = min_over l f.
Proof. intros H. apply fold_min_attained; [easy |]. intros v. apply max_over_ge. Qed.
