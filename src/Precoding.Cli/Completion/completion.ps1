# Completes beamprecoding in PowerShell: the tool itself says what may follow, the shell completes names of files.
Register-ArgumentCompleter -Native -CommandName beamprecoding -ScriptBlock {
    param($word, $command, $cursor)
    $length = $cursor - $command.Extent.StartOffset
    $line = $command.ToString().PadRight($length).Substring(0, $length)
    & $command.GetCommandName() '[suggest]' $line 2>$null | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
