(* Finite sums over lists. *)
From Coq Require Import Reals Lra Lia List Permutation.
From Coquelicot Require Import Coquelicot.
Import ListNotations.
Open Scope R_scope.

Section Sums.
Context {A : Type}.
Implicit Types (l : list A) (f g : A -> R).

(* sum l f is the sum of f v over the members v of l. *)
Fixpoint sum l f : R := match l with [] => 0 | v :: l' => f v + sum l' f end.

Lemma sum_ext l f g : (forall v, In v l -> f v = g v) -> sum l f = sum l g.
Proof. induction l; simpl; intros H; [easy | rewrite H, IHl; auto]. Qed.

Lemma sum_plus l f g : sum l (fun v => f v + g v) = sum l f + sum l g.
Proof. induction l; simpl; [lra | rewrite IHl; lra]. Qed.

Lemma sum_minus l f g : sum l (fun v => f v - g v) = sum l f - sum l g.
Proof. induction l; simpl; [lra | rewrite IHl; lra]. Qed.

Lemma sum_scal l c f : sum l (fun v => c * f v) = c * sum l f.
Proof. induction l; simpl; [lra | rewrite IHl; lra]. Qed.

Lemma sum_scal_r l c f : sum l (fun v => f v * c) = sum l f * c.
Proof. induction l; simpl; [lra | rewrite IHl; lra]. Qed.

Lemma sum_zero l f : (forall v, In v l -> f v = 0) -> sum l f = 0.
Proof. induction l; simpl; intros H; [easy | rewrite H, IHl; auto; lra]. Qed.

Lemma sum_const l c : sum l (fun _ => c) = INR (length l) * c.
Proof. induction l; [simpl; lra | cbn [sum length]; rewrite S_INR, IHl; lra]. Qed.

Lemma sum_le l f g : (forall v, In v l -> f v <= g v) -> sum l f <= sum l g.
Proof.
  induction l; simpl; intros H; [lra |].
  apply Rplus_le_compat; auto.
Qed.

Lemma sum_lt l f g w :
  (forall v, In v l -> f v <= g v) -> In w l -> f w < g w -> sum l f < sum l g.
Proof.
  induction l; simpl; intros H Hw Hlt; [easy |].
  destruct Hw as [-> | Hw].
  - apply Rplus_lt_le_compat; [easy | apply sum_le; auto].
  - apply Rplus_le_lt_compat; auto.
Qed.

Lemma sum_nonneg l f : (forall v, In v l -> 0 <= f v) -> 0 <= sum l f.
Proof. intros H. rewrite <- (sum_zero l (fun _ => 0)) by easy. now apply sum_le. Qed.

Lemma sum_pos l f w : (forall v, In v l -> 0 <= f v) -> In w l -> 0 < f w -> 0 < sum l f.
Proof.
  intros H Hw Hp. rewrite <- (sum_zero l (fun _ => 0)) by easy.
  apply (sum_lt l (fun _ => 0) f w); auto.
Qed.

Lemma sum_at_least l f w : (forall v, In v l -> 0 <= f v) -> In w l -> f w <= sum l f.
Proof.
  induction l; simpl; intros H Hw; [easy |].
  assert (0 <= sum l f) by (apply sum_nonneg; auto). assert (0 <= f a) by auto.
  destruct Hw as [-> | Hw]; [lra |]. assert (f w <= sum l f) by auto. lra.
Qed.

Lemma sum_app l l' f : sum (l ++ l') f = sum l f + sum l' f.
Proof. induction l; simpl; [lra | rewrite IHl; lra]. Qed.

Lemma sum_split (p : A -> bool) l f :
  sum l f = sum (filter p l) f + sum (filter (fun v => negb (p v)) l) f.
Proof. induction l; simpl; [lra | destruct (p a); simpl; lra]. Qed.

(* Indicator functions. *)
Definition one (b : bool) : R := if b then 1 else 0.

Lemma sum_filter (p : A -> bool) l f : sum (filter p l) f = sum l (fun v => one (p v) * f v).
Proof. induction l; simpl; [easy | destruct (p a); simpl; rewrite IHl; lra]. Qed.

Lemma sum_count (p : A -> bool) l : INR (length (filter p l)) = sum l (fun v => one (p v)).
Proof.
  rewrite <- (Rmult_1_r (INR _)), <- sum_const, sum_filter.
  apply sum_ext; intros; lra.
Qed.

Lemma sum_permutation l l' f : Permutation l l' -> sum l f = sum l' f.
Proof. induction 1; simpl; lra. Qed.

Lemma is_derive_sum l (f : R -> A -> R) (f' : A -> R) m :
  (forall v, In v l -> is_derive (fun x => f x v) m (f' v)) ->
  is_derive (fun x => sum l (f x)) m (sum l f').
Proof.
  induction l; simpl; intros H.
  - apply (is_derive_const (V := R_NormedModule)).
  - apply (is_derive_plus (V := R_NormedModule) (fun x => f x a) (fun x => sum l (f x))); auto.
Qed.
End Sums.

Lemma sum_map {A B} (h : A -> B) l f : sum (map h l) f = sum l (fun v => f (h v)).
Proof. induction l; simpl; [easy | now rewrite IHl]. Qed.

Lemma sum_swap {A B} (l : list A) (l' : list B) (f : A -> B -> R) :
  sum l (fun u => sum l' (f u)) = sum l' (fun v => sum l (fun u => f u v)).
Proof.
  induction l; simpl.
  - symmetry. now apply sum_zero.
  - rewrite IHl, <- sum_plus. easy.
Qed.

Lemma sum_flat_map {A B} (h : A -> list B) (l : list A) f :
  sum (flat_map h l) f = sum l (fun v => sum (h v) f).
Proof. induction l; simpl; [easy | now rewrite sum_app, IHl]. Qed.

Lemma one_nonneg b : 0 <= one b.
Proof. destruct b; simpl; lra. Qed.

Lemma one_andb b c : one (b && c) = one b * one c.
Proof. destruct b, c; simpl; lra. Qed.

(* Only one member counts. *)
Lemma sum_single (l : list nat) w f :
  NoDup l -> In w l -> sum l (fun v => one (Nat.eqb v w) * f v) = f w.
Proof.
  induction 1 as [| a l Hn Hd IH]; simpl; [easy |].
  intros [-> | Hw].
  - rewrite Nat.eqb_refl. simpl. rewrite (sum_zero l); [lra |].
    intros v Hv. destruct (Nat.eqb_spec v w) as [-> | _]; [contradiction | simpl; lra].
  - rewrite IH by easy. destruct (Nat.eqb_spec a w) as [-> | _]; [contradiction | simpl; lra].
Qed.

(* Largest and least value on a list of a function that is not negative. *)
Definition max_of {A} (l : list A) (f : A -> R) : R := fold_right (fun v m => Rmax (f v) m) 0 l.
Definition min_of {A} (l : list A) (f : A -> R) : R :=
  fold_right (fun v m => Rmin (f v) m) (max_of l f) l.

Lemma max_of_ge {A} (l : list A) f v : In v l -> f v <= max_of l f.
Proof.
  induction l; simpl; [easy |]. intros [-> | H]; [apply Rmax_l |].
  apply Rle_trans with (max_of l f); [auto | apply Rmax_r].
Qed.

Lemma max_of_attained {A} (l : list A) f : (forall v, In v l -> 0 <= f v) -> l <> [] ->
  exists v, In v l /\ f v = max_of l f.
Proof.
  intros P. induction l as [| a l IH]; [easy | intros _]. simpl.
  destruct l as [| b l].
  - exists a. split; [now left |]. simpl. rewrite Rmax_left; [easy | apply P; now left].
  - destruct IH as [v [Hv E]]; [intros; apply P; now right | easy |].
    unfold Rmax. destruct (Rle_dec (f a) (max_of (b :: l) f)).
    + exists v. split; [now right | easy].
    + exists a. split; [now left | easy].
Qed.

Lemma fold_Rmin_le {A} (l : list A) (f : A -> R) m v : In v l -> fold_right (fun v m => Rmin (f v) m) m l <= f v.
Proof.
  induction l as [| a l IH]; simpl; [easy |]. intros [-> | H]; [apply Rmin_l |].
  apply Rle_trans with (2 := IH H), Rmin_r.
Qed.

Lemma fold_Rmin_attained {A} (l : list A) (f : A -> R) m : (forall v, In v l -> f v <= m) -> l <> [] ->
  exists v, In v l /\ f v = fold_right (fun v m => Rmin (f v) m) m l.
Proof.
  intros P. induction l as [| a l IH]; [easy | intros _]. simpl.
  destruct l as [| b l].
  - exists a. split; [now left |]. simpl. rewrite Rmin_left; [easy | apply P; now left].
  - destruct IH as [v [Hv E]]; [intros; apply P; now right | easy |].
    set (x := fold_right _ m (b :: l)) in *. unfold Rmin. destruct (Rle_dec (f a) x).
    + exists a. split; [now left | easy].
    + exists v. split; [now right | easy].
Qed.

Lemma min_of_le {A} (l : list A) f v : In v l -> min_of l f <= f v.
Proof. apply fold_Rmin_le. Qed.

Lemma min_of_attained {A} (l : list A) f : l <> [] -> exists v, In v l /\ f v = min_of l f.
Proof. apply fold_Rmin_attained. intros v. apply max_of_ge. Qed.
