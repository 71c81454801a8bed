/**
 * What `crewkit --completions <shell>` prints. Each script asks `crewkit __complete <shell> …` at every TAB and knows
 * nothing of the commands itself, so it stays right when crewkit is updated. They call the `crewkit` on the PATH, never
 * a path that stands in the line: a TAB in a folder from elsewhere is to run nothing of it.
 */
import type { Shell } from "./answer.ts"

/** Works on bash 3.2, which macOS has: there compopt is missing, and file names are offered where nothing else fits. */
const bash = String.raw`# bash completion for crewkit
_crewkit() {
  local answer line
  COMPREPLY=()
  answer=$(command crewkit __complete bash "\${COMP_LINE:0:COMP_POINT}" "\${2-}" 2>/dev/null </dev/null)
  case $answer in
    :files) return 0 ;;
    :folders) compopt +o default -o dirnames 2>/dev/null; return 0 ;;
  esac
  compopt +o default 2>/dev/null
  while IFS= read -r line; do
    if [ -n "$line" ]; then COMPREPLY+=("$line"); fi
  done <<<"$answer"
  return 0
}
complete -o default -o nosort -F _crewkit crewkit 2>/dev/null || complete -o default -F _crewkit crewkit
`

const zsh = String.raw`#compdef crewkit
# zsh completion for crewkit: a file _crewkit in a folder of fpath, or read in after compinit
_crewkit() {
  local answer
  local -a before candidates
  before=("\${(@Q)words[2,CURRENT-1]}")
  (( CURRENT > 2 )) || before=()
  answer="$(command crewkit __complete zsh "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)"
  case $answer in
    '') return 1 ;;
    :files) compset -P 1 '--*='; _files; return ;;
    :folders) compset -P 1 '--*='; _files -/; return ;;
  esac
  candidates=("\${(@f)answer}")
  _describe -V -t crewkit crewkit candidates
}
if [[ $funcstack[1] == _crewkit ]]; then
  _crewkit "$@"
elif (( $+functions[compdef] )); then
  compdef _crewkit crewkit
fi
`

const fish = String.raw`# fish completion for crewkit
function __crewkit_complete
    set -l words (commandline -xpc 2>/dev/null; or commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command crewkit __complete fish $words[2..-1] "$current" 2>/dev/null </dev/null)
    switch "$answer"
        case :files :folders
            set -l prefix (string match -r -- '^--[^=]*=' "$current")
            set -l path (string replace -r -- '^--[^=]*=' '' "$current")
            if test "$answer" = :files
                __fish_complete_path "$path"
            else
                __fish_complete_directories "$path" ''
            end | string replace -r -- '^' "$prefix"
        case '*'
            set -q answer[1]; and printf '%s\n' $answer
    end
end
complete -c crewkit -e
complete -c crewkit -k -f -a '(__crewkit_complete)'
`

/** Words go as one argument in Base64: empty ones, quotes and what cmd.exe would take for a command come through whole. */
const powershell = String.raw`# PowerShell completion for crewkit: Windows PowerShell 5.1, PowerShell 7
Register-ArgumentCompleter -Native -CommandName 'crewkit', 'crewkit.exe', 'crewkit.cmd', 'crewkit.ps1' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  if (-not (Get-Command crewkit -ErrorAction SilentlyContinue)) { return }
  $words = New-Object System.Collections.Generic.List[string]
  $current = ''
  $quote = ''
  $elements = $commandAst.CommandElements
  for ($i = 1; $i -lt $elements.Count; $i++) {
    $element = $elements[$i]
    $extent = $element.Extent
    if ($extent.StartOffset -ge $cursorPosition) { break }
    $text = $extent.Text
    if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $text = $element.Value }
    if ($extent.EndOffset -lt $cursorPosition) { $words.Add($text); continue }
    $current = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset)
    if ($current -match '^["'']') {
      $quote = $current.Substring(0, 1)
      $current = $current.Substring(1)
      if ($current.EndsWith($quote)) { $current = $current.Substring(0, $current.Length - 1) }
    }
    break
  }
  $words.Add($current)
  $bytes = [System.Text.Encoding]::UTF8.GetBytes($words -join [char]0)
  $lines = @(crewkit __complete powershell ([Convert]::ToBase64String($bytes)) 2>$null)
  if ($lines.Count -gt 0 -and $lines[0] -like ':f*') {
    # For a whole word PowerShell itself does this, if it is given nothing.
    if ($current -match '^(--[^=]+=)(.*)$') {
      $prefix = $Matches[1]
      foreach ($file in [System.Management.Automation.CompletionCompleters]::CompleteFilename($Matches[2])) {
        if ($lines[0] -eq ':folders' -and $file.ResultType -ne 'ProviderContainer') { continue }
        [System.Management.Automation.CompletionResult]::new(
          $prefix + $file.CompletionText, $file.ListItemText, $file.ResultType, $file.ToolTip)
      }
    }
    return
  }
  foreach ($line in $lines) {
    $name, $about = $line -split [char]9, 2
    if (-not $name) { continue }
    if ($about) { $about = [regex]::Unescape($about) } else { $about = $name }
    $mark = $quote
    if (-not $mark -and $name.Contains(',')) { $mark = "'" }
    $kind = 'ParameterValue'
    if ($name.StartsWith('-')) { $kind = 'ParameterName' }
    [System.Management.Automation.CompletionResult]::new($mark + $name + $mark, $name, $kind, $about)
  }
  # Given nothing at all, PowerShell would offer files.
  if ($lines.Count -eq 0 -and $wordToComplete) {
    [System.Management.Automation.CompletionResult]::new($wordToComplete, $wordToComplete, 'ParameterValue', $wordToComplete)
  }
}
`

/** In the templates `\${` is `${` of a shell. */
const shellText = (template: string): string => template.replaceAll("\\${", "${")

export const completionScript = (shell: Shell): string => shellText({ bash, zsh, fish, powershell }[shell])

/** By the names that `--completions` takes. */
export const shellNamed: ReadonlyMap<string, Shell> = new Map([
  ["bash", "bash"],
  ["sh", "bash"],
  ["zsh", "zsh"],
  ["fish", "fish"],
  ["powershell", "powershell"],
  ["pwsh", "powershell"]
])
