#!/usr/bin/env bash
# Checks the formal development: compiles every proof, compares what the main theorems assume
# with axioms.expected, looks for holes, and makes sure that the proofs refuse false statements.
# Needs Coq 8.16, Coquelicot 3.2 and Interval 4.6; installs Debian's packages where coqc is missing.
set -euo pipefail
cd "$(dirname "$0")"
step() { printf '\n== formal: %s (%ss)\n' "$1" "$SECONDS"; }

command -v coqc >/dev/null && [ -d "$(coqc -where)/user-contrib/Interval" ] || {
  step "install coq, coquelicot and interval"
  apt-get update -qq && apt-get install -y -qq make coq libcoq-coquelicot libcoq-interval >/dev/null
}

step "compile"
make --no-print-directory -s

step "assumptions of the main theorems"
flags=(-Q . Muflow -w none)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp Axioms.v "$work"
(cd "$work" && coqc -Q "$OLDPWD" Muflow -w none Axioms.v) >"$work/axioms"
if [ "${1:-}" = --write ]; then cp "$work/axioms" axioms.expected; fi
diff axioms.expected "$work/axioms"
echo "$(grep -c '^Print' Axioms.v) groups of theorems, axioms: $(grep -oE '^[A-Za-z_.]+\.[a-z_]+' axioms.expected | sort -u | tr '\n' ' ')"

step "holes"
if grep -nE '\b(Admitted|admit|give_up|bypass_check)\b|^[[:space:]]*(Local |Global )?(Axioms?|Parameters?|Conjectures?|Unset|Declare)\b' ./*.v; then
  echo "a hole in a proof, or an axiom of our own"; exit 1
fi
for f in $(git ls-files '*.v' 2>/dev/null || ls ./*.v); do
  f=$(basename "$f")
  [ "$f" = Axioms.v ] || grep -qx "$f" _CoqProject || { echo "$f is not in _CoqProject"; exit 1; }
done
echo none

step "weakened statements are refused"
# Each weakened/*.sed turns one statement into a false one, or one that the proof does not
# reach. The changed file must fail to compile, inside the proof of the theorem that it names.
refused=0 total=0
for patch in weakened/*.sed; do
  total=$((total + 1))
  file=$(sed -n 's/^# file: //p' "$patch")
  theorem=$(sed -n 's/^# refused in: //p' "$patch")
  rm -rf "$work/w"; mkdir "$work/w"
  cp ./*.vo "$work/w"; rm -f "$work/w/${file}o"
  sed -E -f "$patch" "$file" >"$work/w/$file"
  if cmp -s "$file" "$work/w/$file"; then echo "$patch changes nothing"; continue; fi
  if (cd "$work/w" && coqc "${flags[@]}" "$file") >"$work/out" 2>&1; then
    echo "$patch: ACCEPTED"; continue
  fi
  line=$(sed -n 's/^File "[^"]*", line \([0-9]*\),.*/\1/p' "$work/out" | tail -1)
  where=$(head -n "$line" "$work/w/$file" | awk '
    /^(Theorem|Lemma|Definition|Fixpoint|Let) / { name = $2; sub(/[:(].*/, "", name); proof = 0 }
    /^Proof/ { proof = 1 }
    /^(Qed|Defined)/ { name = ""; proof = 0 }
    END { if (proof) print name }')
  if [ "$where" != "$theorem" ] || grep -qE 'Syntax error|Lexical error|was not found in the current' "$work/out"; then
    echo "$patch: fails at line $line (proof of '$where'), expected in the proof of $theorem"
    tail -5 "$work/out"; continue
  fi
  refused=$((refused + 1))
  [ -z "${VERBOSE:-}" ] || { echo "-- $patch, line $line"; grep -A3 '^Error' "$work/out" | head -6; }
done
echo "$refused of $total refused"
if [ "$refused" != "$total" ] || [ "$total" -lt 10 ]; then exit 1; fi

if command -v go >/dev/null; then
  step "numbers of instances: files accepted, false ones refused"
  (cd .. && go test ./internal/rocq -run Kernel -kernel -v -timeout 20m | grep -vE '^(=== RUN|PASS)')
fi

step "done"
