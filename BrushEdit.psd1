@{
    RootModule = 'module/BrushEdit.psm1'
    ModuleVersion = '0.1.0'
    GUID = 'e98269b6-d4e2-4325-803e-f46ec7b0f048'
    Author = 'The BrushEdit for PowerShell contributors'
    CompanyName = 'The BrushEdit for PowerShell contributors'
    Copyright = '(c) 2026 The BrushEdit for PowerShell contributors'
    Description = 'Edits pictures by instruction, on your own machine: plan, find, outline and fill with BrushNet on Stable Diffusion 1.5 or XL.'
    PowerShellVersion = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess = @('module/BrushEdit.Format.ps1xml')
    CmdletsToExport = @(
        'Clear-EditModel'
        'Compare-EditMethod'
        'Edit-Mask'
        'Edit-MaskForType'
        'Export-EditImage'
        'Export-EditPlan'
        'Export-EditReport'
        'Find-Object'
        'Get-EditModel'
        'Get-EditPlan'
        'Get-EditRuntime'
        'Get-SegmentMask'
        'Import-EditImage'
        'Import-EditPlan'
        'Install-EditModel'
        'Install-EditRuntime'
        'Invoke-ImageEdit'
        'Invoke-Inpaint'
        'Measure-ImageEdit'
        'New-BrushNet'
        'New-EditMask'
        'New-ToyScene'
        'Show-EditImage'
        'Start-BrushNetTraining'
        'Test-EditResult'
    )
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{
        PSData = @{
            Tags = @('image', 'inpainting', 'brushnet', 'stable-diffusion', 'sam', 'grounding-dino', 'torch', 'PSEdition_Core', 'Linux', 'Windows', 'MacOS')
        }
    }
}
