# Uses engine cmdlets only, so that the module also loads where nothing but the engine is there.
$loader = [System.IO.Path]::Combine($PSScriptRoot, 'lib', 'BrushEdit.Loader.dll')
if (-not [System.IO.File]::Exists($loader)) {
    throw [System.IO.FileNotFoundException]::new(
        "The module is not built: '$loader' is missing. Run './build.ps1', or 'dotnet build -c Release', in the folder of BrushEdit.psd1.", $loader)
}

$null = [System.Reflection.Assembly]::LoadFrom($loader)
Import-Module -Assembly ([BrushEdit.Loader.ModuleLoader]::GetCmdlets())
