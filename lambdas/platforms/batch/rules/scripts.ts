import type { folders } from '../model.ts';

type Folders = Record<keyof typeof folders, string>;

/** Files of results that are put away at most. */
const mostFiles = 500;

/**
 * What runs before the application: fetches what the plan names. Nothing that is signed is printed. The application may run as
 * whoever its image says, hence the folder of results that anybody may write to.
 */
export const stageIn = ({ results, plan }: Folders): string => `set -eu
chmod 1777 '${results}'
get() { curl --fail --silent --show-error --location --globoff --proto '=http,https' --max-redirs 5 --retry 3 --output "$1" -- "$2"; }
get '${plan}/plan' "$PLAN_URL"
while IFS=$'\\t' read -r what path value; do
  case "$what" in
    url) mkdir -p "\${path%/*}"; get "$path" "$value" || { echo "An input could not be fetched: \${path##*/}" >&2; exit 3; } ;;
    inline) mkdir -p "\${path%/*}"; base64 -d <<<"$value" >"$path" ;;
  esac
done <'${plan}/plan'
`;

/**
 * What runs after it: puts the files that the plan's patterns find below the job's folder, numbered, and a list of them last. Their
 * names are bytes of the application's choice: they are quoted everywhere, and travel as base64.
 */
export const stageOut = ({ results, plan }: Folders): string => `set -eu
shopt -s nullglob globstar
to="$RESULTS_URL/batch/\${AWS_BATCH_JOB_ID:?}"
role=$(curl --fail --silent --show-error --retry 3 "\${CREDENTIALS_HOST:-http://169.254.170.2}$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
of() { sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p" <<<"$role"; }
put() {
  printf 'user = "%s:%s"\\nheader = "x-amz-security-token: %s"\\n' "$(of AccessKeyId)" "$(of SecretAccessKey)" "$(of Token)" |
    curl --config - --aws-sigv4 "aws:amz:$RESULTS_REGION:s3" --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \\
      --globoff --fail --silent --show-error --retry 3 --upload-file "$1" "$to/$2"
}
cd '${results}'
list=$(mktemp)
n=0
declare -A seen found
add() {
  if [ -d "$2" ]; then
    for inner in "$2"/**; do [ -d "$inner" ] || add "$1" "$inner"; done
    return 0
  fi
  [ -f "$2" ] && [ -z "\${seen["$1 $2"]:-}" ] || return 0
  [ $n -lt ${mostFiles} ] || { echo 'There are more than ${mostFiles} files of results.' >&2; exit 5; }
  n=$((n + 1)); seen["$1 $2"]=1; found["$1"]=1
  local end=bin
  if [[ "$2" =~ \\.([A-Za-z0-9]{1,10})$ ]]; then end=\${BASH_REMATCH[1]}; fi
  put "$2" "$n.$end" || { echo "A result could not be stored: number $n" >&2; exit 5; }
  printf '%s\\t%s\\t%s\\t%s\\n' "$1" "$n.$end" "$(stat -L -c %s "$2")" "$(printf %s "\${2#./}" | base64 -w 0)" >>"$list"
}
names=()
while IFS=$'\\t' read -r what name glob; do
  [ "$what" = out ] || continue
  names+=("$name")
  glob=\${glob#'${results}/'}
  IFS=
  for file in ./$glob; do add "$name" "$file"; done
  unset IFS
done <'${plan}/plan'
put "$list" outputs
for name in "\${names[@]}"; do
  [ -n "\${found["$name"]:-}" ] || { echo "No file was found for the output $name" >&2; exit 4; }
done
`;
