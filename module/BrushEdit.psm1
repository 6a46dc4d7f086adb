$loader = [System.IO.Path]::Combine($PSScriptRoot, 'lib', 'BrushEdit.Loader.dll')
if (-not [System.IO.File]::Exists($loader)) {
    throw [System.IO.FileNotFoundException]::new(
        "The module is not built: '$loader' is missing. Run './build.ps1', or 'dotnet build -c Release', in the folder of BrushEdit.psd1.", $loader)
}

# .NET keeps one copy of an assembly for the whole session: a copy of the module from elsewhere would run on the first one's.
$ignoreCase = [System.OperatingSystem]::IsWindows() -or [System.OperatingSystem]::IsMacOS()
foreach ($assembly in [System.AppDomain]::CurrentDomain.GetAssemblies()) {
    if ($assembly.GetName().Name -eq 'BrushEdit.Loader' -and -not [string]::Equals($assembly.Location, $loader, $ignoreCase ? 'OrdinalIgnoreCase' : 'Ordinal')) {
        $loaded = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($assembly.Location), '..', '..'))
        $here = [System.IO.Path]::GetDirectoryName($PSScriptRoot)
        $message = "This session has loaded BrushEdit from '$loaded'; it cannot load the copy in '$here' as well. " +
            'Start PowerShell anew to use that copy, or go on with the one that is loaded.'
        throw [System.Management.Automation.ErrorRecord]::new(
            [System.InvalidOperationException]::new($message), 'SecondCopy', [System.Management.Automation.ErrorCategory]::ResourceExists, $here)
    }
}

$null = [System.Reflection.Assembly]::LoadFrom($loader)

# Samples in bulk are spans, which PowerShell cannot read: it would show them as blanks. They say how much there is instead. Done here and not by
# the manifest, which would do it before a second copy of the module is refused.
Update-TypeData -TypeName 'BrushEdit.Imaging.Picture' -MemberType ScriptProperty -MemberName 'Samples8' -Force -Value {
    if ($this.BitDepth -eq 8) { "$($this.Width * $this.Height * $this.Bands) bytes" }
}
Update-TypeData -TypeName 'BrushEdit.Imaging.Picture' -MemberType ScriptProperty -MemberName 'Samples16' -Force -Value {
    if ($this.BitDepth -eq 16) { "$($this.Width * $this.Height * $this.Bands) words" }
}
Update-TypeData -TypeName 'BrushEdit.Imaging.Picture' -MemberType ScriptProperty -MemberName 'Rgb' -Force -Value {
    "$($this.Width * $this.Height * 3) bytes"
}
Update-TypeData -TypeName 'BrushEdit.Imaging.Mask' -MemberType ScriptProperty -MemberName 'Values' -Force -Value {
    "$($this.Width * $this.Height) bytes, white (255) = edit"
}

$cmdlets = Import-Module -Assembly ([BrushEdit.Loader.ModuleLoader]::GetCmdlets()) -PassThru

# The engine keeps a module made of an assembly when the module around it goes, and gives its cmdlets to nobody at the next
# import: it has to go too.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }
