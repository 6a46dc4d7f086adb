using System.Management.Automation;
using BrushEdit.Caching;
using BrushEdit.Segmenting;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>The state that the module keeps between commands: the loaded models. Freed when the module is removed.</summary>
public sealed class EditSession : IModuleAssemblyCleanup
{
    /// <summary>The models of this process. To be used on the compute thread, where models are made and freed.</summary>
    internal static ModelPool Models { get; } = new();

    /// <summary>The picture encodings of segmenters. To be used on the compute thread, where it is made and freed.</summary>
    internal static KeptEmbeddings Embeddings { get; } = new();

    /// <inheritdoc />
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        if (Models.Loaded.Count > 0 || Embeddings.Held.Count > 0)
        {
            ComputeThread.Scheduler.Start(
                () =>
                {
                    Embeddings.Clear();
                    return Models.Clear();
                },
                CancellationToken.None).Wait();
        }
    }
}
