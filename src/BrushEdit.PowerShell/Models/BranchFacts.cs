using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.PowerShell;

/// <summary>The facts that a branch's configuration contains for a user.</summary>
internal static class BranchFacts
{
    private static readonly int[] StableDiffusion = [320, 640, 1280, 1280];

    /// <summary>A branch's variant and the family of base models that it fits; nulls for other kinds, and if they are unknown.</summary>
    /// <param name="kind">The model's kind.</param>
    /// <param name="path">Its folder or file.</param>
    public static (string? Variant, string? Family) Of(ModelKind kind, string path)
    {
        try
        {
            if (kind != ModelKind.BrushNet || ModelFiles.Open(path).Config(ModelPart.Network) is not { } json)
            {
                return (null, null);
            }

            BrushNetConfig config = BrushNetConfig.Read(json);
            string family = config.BlockOutChannels.SequenceEqual(StableDiffusion) && config.LayersPerBlock == 2
                ? "Stable Diffusion 1.5"
                : $"widths {string.Join('-', config.BlockOutChannels)}, {config.LayersPerBlock} layers a block";
            return ($"{config.Variant}{(config.Attention is null ? "" : ", with attention")}", family);
        }
        catch (Exception fault) when (fault is EditException or IOException or UnauthorizedAccessException)
        {
            // The file has disappeared since it was listed: the listing continues.
            return (null, null);
        }
    }
}
