using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Tests.Inpainting;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>Numbers of configurations are bounded before anything is built from them; numbers gone wrong are named.</summary>
public sealed class BoundsTests : IDisposable
{
    private readonly TinyBundle bundle = new();

    public void Dispose() => bundle.Dispose();

    [Theory]
    [InlineData("unet", "layers_per_block", "1000000")]
    [InlineData("unet", "sample_size", "1000000")]
    [InlineData("unet", "norm_num_groups", "0")]
    [InlineData("unet", "attention_head_dim", "0")]
    [InlineData("vae", "layers_per_block", "9")]
    [InlineData("vae", "scaling_factor", "0")]
    [InlineData("text_encoder", "num_hidden_layers", "100000")]
    [InlineData("text_encoder", "num_hidden_layers", "3")]
    [InlineData("text_encoder", "num_attention_heads", "0")]
    [InlineData("brushnet", "layers_per_block", "1000000")]
    [InlineData("scheduler", "num_train_timesteps", "1000000000")]
    public void ANumberOutOfRangeOrUnlikeTheWeightsIsNamed(string part, string key, string value)
    {
        string config = Path.Combine(bundle.Folder, part, part == "scheduler" ? "scheduler_config.json" : "config.json");
        string[] lines = File.ReadAllLines(config);
        int line = Array.FindIndex(lines, text => text.Contains($"\"{key}\"", StringComparison.Ordinal));
        lines[line] = $"\"{key}\": {value}{(lines[line].EndsWith(',') ? "," : string.Empty)}";
        File.WriteAllLines(config, lines);
        EditException fault = Assert.Throws<EditException>(() =>
        {
            using ModelPool pool = new();
            InpaintModel model = bundle.Open(pool);
            model.WithText(encoders => encoders.All[0].Encoder.Config.HiddenSize);
            model.WithVae(vae => vae.ScalingFactor);
            return model.WithDenoiser(denoiser => denoiser.UNet.Config.Levels);
        });
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet", "conv_out.weight", "U-Net", "at step 1 of 2")]
    [InlineData("brushnet", "brushnet_mid_block.weight", "BrushNet", "at step 1 of 2")]
    [InlineData("vae", "decoder.conv_out.weight", "VAE", "decoded")]
    [InlineData("vae", "encoder.conv_in.weight", "VAE", "encoded")]
    [InlineData("text_encoder", "text_model.final_layer_norm.weight", "text encoder", "caption")]
    public void NaNInTheWeightsIsNamedWithNetworkAndStep(string part, string tensor, params string[] named)
    {
        string path = Path.Combine(bundle.Folder, part, part == "text_encoder" ? "model.safetensors" : "diffusion_pytorch_model.safetensors");
        using (DisposeScope scope = NewDisposeScope())
        {
            Dictionary<string, Tensor> tensors;
            using (SafetensorsFile file = SafetensorsFile.Open(path))
            {
                tensors = file.Tensors.Keys.ToDictionary(name => name, file.Read);
            }

            tensors[tensor].view(-1).narrow(0, 0, 1).fill_(double.NaN);
            SafetensorsWriter.Write(path, tensors);
        }

        using ModelPool pool = new();
        Picture picture = Picture.FromRgb(new byte[32 * 32 * 3], 32, 32);
        EditException fault = Assert.ThrowsAny<EditException>(() => new InpaintPipeline(bundle.Open(pool)).Fill(
            picture, Mask.FromBox(32, 32, new Box(8, 8, 12, 12)), new InpaintSettings { Caption = "a red ball", Steps = 2, Seed = 7, GuidanceScale = 2 }));
        Assert.All([.. named, "NaN", $"'{tensor}'"], word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }
}
