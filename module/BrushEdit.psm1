# Uses engine cmdlets only, so that the module also loads where nothing but the engine is there.
$loader = [System.IO.Path]::Combine($PSScriptRoot, 'lib', 'BrushEdit.Loader.dll')
if (-not [System.IO.File]::Exists($loader)) {
    throw [System.IO.FileNotFoundException]::new(
        "The module is not built: '$loader' is missing. Run './build.ps1', or 'dotnet build -c Release', in the folder of BrushEdit.psd1.", $loader)
}

$null = [System.Reflection.Assembly]::LoadFrom($loader)
$cmdlets = Import-Module -Assembly ([BrushEdit.Loader.ModuleLoader]::GetCmdlets()) -PassThru

# The engine keeps a module made of an assembly when the module around it goes, and gives its cmdlets to nobody at the next
# import: it has to go too.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }
