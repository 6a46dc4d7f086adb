# Uses engine cmdlets only, so that the module also loads where nothing but the engine is there.
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
$cmdlets = Import-Module -Assembly ([BrushEdit.Loader.ModuleLoader]::GetCmdlets()) -PassThru

# The engine keeps a module made of an assembly when the module around it goes, and gives its cmdlets to nobody at the next
# import: it has to go too.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }
