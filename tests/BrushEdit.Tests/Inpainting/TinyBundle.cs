using BrushEdit.Caching;
using BrushEdit.Inpainting;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tokenizing;
using BrushEdit.Training;
using TorchSharp;

namespace BrushEdit.Tests.Inpainting;

/// <summary>A whole bundle of random weights, a few thousand numbers, written to a folder of its own: what the pipeline loads in tests.</summary>
public sealed class TinyBundle : IDisposable
{
    public TinyBundle()
    {
        Folder = Directory.CreateTempSubdirectory("brushedit-tiny").FullName;
        TokenizerTraining.Write(Path.Combine(Folder, "tokenizer"), ["a", "red", "ball"], 16);
        ClipTokenizer tokenizer = ClipTokenizer.Open(Path.Combine(Folder, "tokenizer"));
        VaeConfig vaeConfig = new() { BlockOutChannels = [8, 8], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 32, ForceUpcast = false };
        UNetConfig unetConfig = new()
        {
            SampleSize = 16,
            BlockOutChannels = [8, 16],
            DownAttention = [false, true],
            UpAttention = [true, false],
            LayersPerBlock = 1,
            AttentionHeads = [2, 2],
            TransformerLayers = [1, 1],
            CrossAttentionDim = 8,
            NormGroups = 4,
        };
        ClipTextConfig textConfig = new()
        {
            VocabSize = tokenizer.VocabularySize,
            HiddenSize = 8,
            IntermediateSize = 16,
            NumHiddenLayers = 1,
            NumAttentionHeads = 2,
            MaxPositionEmbeddings = 16,
            EosTokenId = tokenizer.EndTokenId,
            ProjectionDim = 8,
        };
        using AutoencoderKL vae = Toybox.Build(1, torch.CPU, () => new AutoencoderKL(vaeConfig));
        using ClipTextModel text = Toybox.Build(2, torch.CPU, () => new ClipTextModel(textConfig));
        using UNet2DConditionModel unet = Toybox.Build(3, torch.CPU, () => new UNet2DConditionModel(unetConfig));
        using BrushNetModel brushnet = BrushNetModel.FromUNet(unet);
        OpenOutputs(brushnet);
        BundleWriter.WriteVae(Folder, vae, 0.5);
        BundleWriter.WriteDenoiser(Folder, new InpaintNetworks(text, tokenizer, vae, unet, brushnet, 0.5));
        Pool = new ModelPool();
        Model = Open(Pool);
    }

    public string Folder { get; }

    public ModelPool Pool { get; }

    public InpaintModel Model { get; }

    public InpaintModel Open(ModelPool pool) =>
        InpaintModel.Open(new ModelCatalog([]), Folder, null, ComputeDevice.Choose("cpu", "single"), pool);

    public void Dispose()
    {
        Pool.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    // A branch fresh from a U-Net gives zeros; with these it steers.
    private static void OpenOutputs(BrushNetModel brushnet)
    {
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in brushnet.state_dict())
        {
            if (name.StartsWith("brushnet_", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal))
            {
                torch.nn.init.normal_(tensor, 0, 0.2);
            }
        }
    }
}
