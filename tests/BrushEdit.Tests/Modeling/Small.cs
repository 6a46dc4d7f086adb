using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Modeling;

/// <summary>Networks small enough for unit tests.</summary>
internal static class Small
{
    public static UNetConfig Config(int[] widths, bool linear) => new()
    {
        BlockOutChannels = widths,
        DownAttention = [.. widths.Select((_, level) => level < widths.Length - 1)],
        UpAttention = [.. widths.Select((_, block) => block > 0)],
        AttentionHeads = [.. widths.Select(_ => 2)],
        TransformerLayers = [.. widths.Select(_ => 1)],
        LayersPerBlock = 1,
        CrossAttentionDim = 6,
        NormGroups = 4,
        UseLinearProjection = linear,
        SampleSize = 8,
    };

    /// <summary>A BrushNet whose output convolutions are no longer zero.</summary>
    public static BrushNetModel Trained(UNet2DConditionModel unet)
    {
        BrushNetModel model = BrushNetModel.FromUNet(unet);
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in model.state_dict())
        {
            if (name.StartsWith("brushnet_", StringComparison.Ordinal))
            {
                torch.nn.init.normal_(tensor, 0, 0.1);
            }
        }

        return model;
    }
}
