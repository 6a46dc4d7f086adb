<#
.SYNOPSIS
Edits with plans from a custom function, or from a language model at an address.

.DESCRIPTION
A plan is an object with a few properties, and any code can make one: here a function that parses its own short commands ("+ yellow ball
@ 168,128,80,80"). With -Endpoint, the script asks a chat model instead: any server with the OpenAI protocol, such as llama.cpp, vLLM or
LM Studio. Writes the results into the folder out/own-planner.

.EXAMPLE
./examples/own-planner.ps1

.EXAMPLE
./examples/own-planner.ps1 -Command '+ red cube @ 168,128,80,80', '~ night'

.EXAMPLE
./examples/own-planner.ps1 -Command 'add a yellow ball on the left' -Endpoint http://localhost:8080/v1 -PlannerModel qwen2-vl
#>
[CmdletBinding()]
param(
    # '+ THING @ x,y,width,height' adds, '~ LOOK' changes the whole picture. With -Endpoint, instructions in English.
    [string[]] $Command = @('+ yellow ball @ 168,128,80,80', '~ night'),

    # The address of a chat model, and its name there. The key of one that wants one is in the environment variable OPENAI_API_KEY.
    [string] $Endpoint,
    [string] $PlannerModel,

    # Where the pictures go.
    [string] $OutputFolder = 'out/own-planner',

    # Sampling steps.
    [int] $Steps = 20,

    # The base model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-Inpaint -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

function Get-OwnPlan {
    <#
    .SYNOPSIS
    The planner: text in, the properties of a plan out. It could as well ask a service, a database or a person.
    #>
    [CmdletBinding()]
    param([string] $Text)

    if ($Text -match '^\+ (?<thing>.+) @ (?<box>\d+,\d+,\d+,\d+)$') {
        @{ EditType = 'Addition'; NewContent = "a $($Matches.thing)"; Caption = "a $($Matches.thing)"; Box = $Matches.box; Planner = 'Own' }
    }
    elseif ($Text -match '^~ (?<look>.+)$') {
        @{ EditType = 'Global'; NewContent = $Matches.look; Caption = "a picture, $($Matches.look)"; Planner = 'Own' }
    }
    else {
        throw "'$Text' is neither '+ THING @ x,y,width,height' nor '~ LOOK'."
    }
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
$scene = [System.IO.Path]::Combine($PSScriptRoot, 'pictures', 'scene.png')
$number = 0
foreach ($text in $Command) {
    $number++
    if ($Endpoint) {
        $named = if ($PlannerModel) { @{ Model = $PlannerModel } } else { @{} }
        $edit = Get-EditPlan -LiteralPath $scene -Instruction $text -Planner OpenAI -Endpoint $Endpoint @named
    }
    else {
        $edit = Import-EditImage -LiteralPath $scene
        $edit.Plan = Get-OwnPlan -Text $text
    }

    "plan of $($edit.Plan.Planner): $($edit.Plan.EditType), '$($edit.Plan.Caption)'$(if ($edit.Plan.Box) { ", at $($edit.Plan.Box)" })"
    $done = $edit | Invoke-ImageEdit -Model $Model -Steps $Steps -Seed $number
    $done | Export-EditImage -Directory $OutputFolder -Name "edit-$number" -Content Result, Comparison -Force | ForEach-Object { "  $($_.FullName)" }
    if ($done.Settings.Caption -ne $edit.Plan.Caption) {
        throw "The fill was asked for '$($done.Settings.Caption)', not for the plan's '$($edit.Plan.Caption)'."
    }
}
