using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary><c>Clear-EditModel</c>: frees the memory of loaded models.</summary>
[Cmdlet(VerbsCommon.Clear, "EditModel", SupportsShouldProcess = true)]
[OutputType(typeof(LoadedEditModel))]
public sealed class ClearEditModelCommand : EditCmdlet
{
    /// <summary>Names or paths, wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Path")]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Returns what was freed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        IReadOnlyList<WildcardPattern> patterns = LoadedModels.Patterns(Name);
        foreach (string name in Name.Where(n => !WildcardPattern.ContainsWildcardCharacters(n)))
        {
            if (!EditSession.Models.Loaded.Concat(EditSession.Embeddings.Held).Any(model => LoadedModels.Matches(model, LoadedModels.Patterns([name]))))
            {
                WriteWarning($"No model '{name}' is loaded; Get-EditModel -Loaded lists those that are.");
            }
        }

        // With -LowMemory a segmenter is freed after each use, but its picture encodings stay.
        LoadedModel[] embeddings = [.. EditSession.Embeddings.Held.Where(held => LoadedModels.Matches(held, patterns) && !EditSession.Models.Loaded.Any(model => model.Key == held.Key))];
        foreach (LoadedModel model in embeddings.Where(model => ShouldProcess($"embeddings of pictures by {Path.GetFileName(model.Path)}", "Free")))
        {
            Work(_ =>
            {
                EditSession.Embeddings.Clear(held => ReferenceEquals(held, model));
                return true;
            });
            WriteVerbose($"Freed the embeddings of pictures by {Path.GetFileName(model.Path)}.");
        }

        foreach (LoadedModel model in EditSession.Models.Loaded.Where(model => LoadedModels.Matches(model, patterns)).ToArray())
        {
            LoadedEditModel description = LoadedModels.Describe(model);
            if (!ShouldProcess($"{description.Name} ({description.Part} on {description.Device})", "Free"))
            {
                continue;
            }

            // Networks are freed on the thread that makes them, after work that still runs there has ended.
            int freed = Work(_ =>
            {
                EditSession.Embeddings.Clear(held => held.Key == model.Key);
                return EditSession.Models.Clear(held => held.Key == model.Key).Count;
            });
            if (freed > 0)
            {
                WriteVerbose($"Freed {description.Part} of {description.Name}.");
                if (PassThru)
                {
                    WriteObject(description);
                }
            }
        }
    }
}
