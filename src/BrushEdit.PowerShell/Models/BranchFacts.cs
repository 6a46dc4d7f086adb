using BrushEdit.Loading;
using BrushEdit.Modeling;

namespace BrushEdit.PowerShell;

/// <summary>What a branch's configuration tells a user.</summary>
internal static class BranchFacts
{
    private static readonly int[] StableDiffusion = [320, 640, 1280, 1280];

    /// <summary>A branch's variant and the family of base models it goes beside; nulls for other kinds, and where nothing tells them.</summary>
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
            // It was there when it was listed, and is not now: a listing continues.
            return (null, null);
        }
    }
}
