(* Gradient descent on one number, mu_{k+1} = G(mu_k): what can be read off one step. *)
From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Scalar.
Open Scope R_scope.

Definition iterates (G : R -> R) (mu : nat -> R) : Prop := forall k, mu (S k) = G (mu k).

(* ** Near a point p that G leaves where it is *)
Section Rest.
Variables (G : R -> R) (p : R).
Hypothesis G_continuous : continuity G.
Hypothesis rest : G p = p.

(* Every step leads nearer from within r of p:  mu_k -> p, with distances that fall. *)
Lemma attracted mu : iterates G mu ->
  (forall x, Rabs (x - p) <= Rabs (mu 0%nat - p) -> x <> p -> Rabs (G x - p) < Rabs (x - p)) ->
  (forall k, mu k <> p -> Rabs (mu (S k) - p) < Rabs (mu k - p)) /\ is_lim_seq mu p.
Proof.
  intros E near. set (dist := fun k => Rabs (mu k - p)).
  assert (In : forall k, dist k <= dist 0%nat).
  { induction k as [| k IH]; [lra |]. unfold dist. rewrite E.
    destruct (Req_dec (mu k) p) as [-> | N]; [rewrite rest, Rminus_eq_0, Rabs_R0; apply Rabs_pos |].
    assert (X := near _ IH N). unfold dist in *. lra. }
  assert (Nearer : forall k, mu k <> p -> dist (S k) < dist k).
  { intros k N. unfold dist. rewrite E. now apply near; [apply In |]. }
  split; [exact Nearer |].
  assert (Down : forall k, dist (S k) <= dist k).
  { intros k. destruct (Req_dec (mu k) p) as [Z | N]; [| left; now apply Nearer].
    unfold dist. rewrite E, Z, rest. lra. }
  destruct (ex_finite_lim_seq_decr dist 0 Down (fun k => Rabs_pos _)) as [D LD].
  assert (Above := is_lim_seq_decr_compare _ _ LD Down).
  assert (D0 : 0 <= D).
  { apply (is_lim_seq_le (fun _ => 0) dist 0 D (fun k => Rabs_pos _) (is_lim_seq_const 0) LD). }
  assert (HD : D = 0).
  { destruct D0 as [D0 |]; [exfalso | easy].
    (* both points at the distance D are moved to less than D, and so are points next to them *)
    assert (step : forall e, Rabs e = 1 -> eventually (fun k => Rabs (G (p + e * dist k) - p) < D)).
    { intros e He.
      assert (L : is_lim_seq (fun k => Rabs (G (p + e * dist k) - p)) (Rabs (G (p + e * D) - p))).
      { apply (is_lim_seq_continuous (fun z => Rabs (G (p + e * z) - p)) dist D); [| exact LD].
        apply (continuity_pt_comp (fun z => G (p + e * z) - p) Rabs); [| apply Rcontinuity_abs].
        apply continuity_pt_minus; [| now apply continuity_pt_const].
        apply (continuity_pt_comp (fun z => p + e * z) G); [| apply G_continuous].
        apply continuity_pt_plus; [now apply continuity_pt_const |].
        apply continuity_pt_mult; [now apply continuity_pt_const | apply continuity_pt_id]. }
      assert (X : Rabs (G (p + e * D) - p) < D).
      { assert (A : Rabs (p + e * D - p) = D).
        { replace (p + e * D - p) with (e * D) by ring. rewrite Rabs_mult, He, Rabs_pos_eq; lra. }
        rewrite <- A at 2. apply near; [rewrite A; apply (Above 0%nat) |].
        intros Z. rewrite Z, Rminus_eq_0, Rabs_R0 in A. lra. }
      apply is_lim_seq_spec in L. destruct (L (mkposreal _ (Rlt_Rminus _ _ X))) as [N HN].
      exists N. intros k Hk. specialize (HN k Hk). simpl in HN. apply Rabs_def2 in HN. lra. }
    destruct (step 1 Rabs_R1) as [N1 H1], (step (-1)) as [N2 H2]; [rewrite Rabs_left; lra |].
    set (k := Nat.max N1 N2). assert (A := Above (S k)). unfold dist in A. rewrite E in A.
    specialize (H1 k ltac:(unfold k; lia)). specialize (H2 k ltac:(unfold k; lia)).
    destruct (Rcase_abs (mu k - p)) as [Hn | Hn].
    - assert (Q : dist k = - (mu k - p)) by (now apply Rabs_left). rewrite Q in H2.
      replace (p + -1 * - (mu k - p)) with (mu k) in H2 by ring. lra.
    - assert (Q : dist k = mu k - p) by (now apply Rabs_right). rewrite Q in H1.
      replace (p + 1 * (mu k - p)) with (mu k) in H1 by ring. lra. }
  rewrite HD in LD. apply is_lim_seq_abs_0 in LD.
  apply (is_lim_seq_ext (fun k => (mu k - p) + p)); [intros; ring |].
  replace (Finite p) with (Finite (0 + p)) by (f_equal; ring).
  apply is_lim_seq_plus'; [exact LD | apply is_lim_seq_const].
Qed.

Variable g : R.
Hypothesis D : is_derive G p g.

(* Near p a step multiplies the distance by nearly |g|. *)
Lemma near_rest eps : 0 < eps -> exists r : posreal, forall x, Rabs (x - p) < r -> x <> p ->
  Rabs (Rabs (G x - p) - Rabs g * Rabs (x - p)) < eps * Rabs (x - p).
Proof.
  intros He. assert (D' := D). apply is_derive_Reals in D'. destruct (D' eps He) as [r Hr].
  exists r. intros x Hx N. assert (Hh : x - p <> 0) by lra. specialize (Hr (x - p) Hh Hx).
  replace (p + (x - p)) with x in Hr by ring. rewrite rest in Hr.
  assert (P : 0 < Rabs (x - p)) by now apply Rabs_pos_lt.
  rewrite <- Rabs_mult. apply Rle_lt_trans with (1 := Rabs_triang_inv2 _ _).
  replace (G x - p - g * (x - p)) with (((G x - p) / (x - p) - g) * (x - p)) by (field; lra).
  rewrite Rabs_mult. now apply Rmult_lt_compat_r.
Qed.

(* |G'(p)| < 1: every start near p is attracted. *)
Lemma attracted_near : Rabs g < 1 -> exists r, 0 < r /\ forall mu, iterates G mu ->
  Rabs (mu 0%nat - p) < r -> is_lim_seq mu p.
Proof.
  intros Hg. destruct (near_rest (1 - Rabs g) ltac:(lra)) as [r Hr].
  exists r. split; [apply cond_pos |]. intros mu E H0. apply (attracted mu E). intros x Hx N.
  specialize (Hr x ltac:(lra) N). apply Rabs_def2 in Hr. lra.
Qed.

(* |G'(p)| > 1: no descent tends to p, unless a step falls on p itself. *)
Lemma repelled : 1 < Rabs g -> forall mu, iterates G mu -> is_lim_seq mu p -> exists k, mu k = p.
Proof.
  intros Hg mu E L. apply Classical_Prop.NNPP. intros No.
  assert (N : forall k, mu k <> p) by (intros k Z; apply No; now exists k).
  destruct (near_rest (Rabs g - 1) ltac:(lra)) as [r Hr].
  assert (L' := L). apply is_lim_seq_spec in L'. destruct (L' r) as [m Hm].
  assert (Away : forall j, Rabs (mu m - p) <= Rabs (mu (m + j)%nat - p)).
  { induction j as [| j IH]; [rewrite Nat.add_0_r; lra |]. rewrite Nat.add_succ_r, E.
    specialize (Hr _ (Hm (m + j)%nat ltac:(lia)) (N _)). apply Rabs_def2 in Hr. lra. }
  assert (P : 0 < Rabs (mu m - p)) by (apply Rabs_pos_lt; specialize (N m); lra).
  apply is_lim_seq_spec in L. destruct (L (mkposreal _ P)) as [m' Hm'].
  specialize (Hm' (m + m')%nat ltac:(lia)). specialize (Away m'). simpl in Hm'. lra.
Qed.

(* G'(p) < -1: G alternates between two values, if p is its only point of rest and if two steps
   from some point above p do not lead up. *)
Lemma alternates y : g < -1 -> (forall x, G x = x -> x = p) -> p < y -> G (G y) <= y ->
  exists x, p < x <= y /\ G (G x) = x /\ G x <> x.
Proof.
  intros Hg only Hy Far.
  assert (D2 : is_derive (fun x => G (G x)) p (g * g)).
  { apply (is_derive_comp (V := R_NormedModule) G G); [rewrite rest |]; exact D. }
  apply is_derive_Reals in D2. destruct (D2 (g * g - 1) ltac:(nra)) as [r Hr].
  assert (R0 := cond_pos r). set (h := Rmin (r / 2) (y - p)).
  assert (M1 := Rmin_l (r / 2) (y - p)). assert (M2 := Rmin_r (r / 2) (y - p)).
  assert (Hh : 0 < h) by (apply Rmin_glb_lt; lra). fold h in M1, M2.
  assert (Up : 0 <= G (G (p + h)) - (p + h)).
  { specialize (Hr h ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)). rewrite rest, rest in Hr.
    apply Rabs_def2 in Hr. destruct Hr as [_ Hr].
    assert (Q : 1 < (G (G (p + h)) - p) / h) by lra.
    apply (Rmult_lt_compat_r h) in Q; [| easy]. unfold Rdiv in Q.
    rewrite Rmult_assoc, Rinv_l in Q by lra. lra. }
  destruct (IVT_gen (fun x => G (G x) - x) (p + h) y 0) as [z [Hz Ez]].
  - intros x. apply continuity_pt_minus; [| apply continuity_pt_id].
    apply (continuity_pt_comp G G); apply G_continuous.
  - split; [apply Rle_trans with (G (G y) - y); [apply Rmin_r | lra] |].
    apply Rle_trans with (G (G (p + h)) - (p + h)); [easy | apply Rmax_l].
  - rewrite Rmin_left, Rmax_right in Hz by lra. exists z. split; [lra |]. split; [lra |].
    intros Z. apply only in Z. lra.
Qed.
End Rest.

(* ** Growth like a logarithm *)

(* e^{c/z} - 1 <= (e^c - 1)/z  for z >= 1: exp is convex. *)
Lemma exp_share c z : 1 <= z -> z * exp (c / z) <= z + (exp c - 1).
Proof.
  intros Hz. set (x := c / z). assert (Hc : c = x * z) by (unfold x; field; lra).
  assert (P := exp_pos x). assert (E1 := exp_ineq1_le (c - x)). assert (E0 := exp_ineq1_le (- x)).
  assert (X : exp x * (1 + (c - x)) <= exp c).
  { replace (exp c) with (exp x * exp (c - x)) by (rewrite <- exp_plus; f_equal; ring).
    apply Rmult_le_compat_l; lra. }
  assert (Y : exp x * (1 + - x) <= 1).
  { replace 1 with (exp x * exp (- x)) at 2 by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
    apply Rmult_le_compat_l; lra. }
  assert (Y' : (z - 1) * (exp x * (1 + - x)) <= (z - 1) * 1) by (apply Rmult_le_compat_l; lra).
  rewrite Hc in X at 1. lra.
Qed.

(* z_{k+1} = z_k e^{eta u_k} with lo <= z u <= hi wherever z >= 1:
   1 + lo eta k <= z_k <= 1 + (e^{eta hi} - 1) k. *)
Lemma paced (z u : nat -> R) eta lo hi : 0 <= eta -> 0 <= lo -> z 0%nat = 1 ->
  (forall k, z (S k) = z k * exp (eta * u k)) -> (forall k, 1 <= z k -> lo <= z k * u k <= hi) ->
  forall k, 1 + lo * eta * INR k <= z k <= 1 + (exp (eta * hi) - 1) * INR k.
Proof.
  intros He Hlo H0 E B k. induction k as [| k [L U]]; [simpl; rewrite H0; lra |].
  assert (P : 0 <= lo * eta * INR k) by (apply Rmult_le_pos; [now apply Rmult_le_pos | apply pos_INR]).
  destruct (B k ltac:(lra)) as [Bl Bh]. rewrite S_INR, E. split.
  - assert (X := exp_ineq1_le (eta * u k)).
    assert (Y : z k * (1 + eta * u k) <= z k * exp (eta * u k)) by (apply Rmult_le_compat_l; lra).
    assert (Q : eta * lo <= eta * (z k * u k)) by now apply Rmult_le_compat_l. lra.
  - assert (X := exp_share (eta * hi) (z k) ltac:(lra)).
    assert (Y : z k * exp (eta * u k) <= z k * exp (eta * hi / z k)); [| lra].
    apply Rmult_le_compat_l; [lra |]. apply exp_le.
    apply Rmult_le_reg_r with (z k); [lra |]. unfold Rdiv. rewrite (Rmult_assoc (eta * hi)), Rinv_l by lra.
    assert (Q : eta * (z k * u k) <= eta * hi) by now apply Rmult_le_compat_l. lra.
Qed.
