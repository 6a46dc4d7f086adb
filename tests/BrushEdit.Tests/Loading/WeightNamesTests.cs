using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Tests.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Tests.Loading;

/// <summary>The renaming functions against the published lists, tensor by tensor.</summary>
public sealed class WeightNamesTests
{
    private static readonly Lazy<JsonElement> SingleFile = new(() => ManifestWeights.Json("single-file-sd15"));

    private static readonly Dictionary<string, Func<string, string?>> Functions = new()
    {
        ["unet"] = SingleFileNames.Unet,
        ["vae"] = SingleFileNames.Vae,
        ["text_encoder"] = SingleFileNames.TextEncoder,
    };

    [Theory]
    [InlineData("unet", "unet-sd15")]
    [InlineData("vae", "vae-sd15")]
    [InlineData("text_encoder", "clip-text-l14")]
    public void EveryNameOfTheSingleFileBecomesThePublishedOne(string part, string manifest)
    {
        Dictionary<string, string> names = Names(part);
        Assert.All(names, entry => Assert.Equal(entry.Key, Functions[part](entry.Value)));
        Assert.Equal(ManifestWeights.Open(manifest).Tensors.Keys.Order(), names.Keys.Order());

        // And no name of one part is taken for another's.
        Assert.All(Functions.Where(entry => entry.Key != part), other => Assert.All(names.Values, stored => Assert.Null(other.Value(stored))));
    }

    /// <summary>Every tensor of Stable Diffusion XL's file becomes the published ones, in their shapes, and none is left over but what has no counterpart.</summary>
    [Fact]
    public void TheSingleFileOfXlPassesAsItsParts()
    {
        JsonElement json = ManifestWeights.Json("single-file-sdxl");
        HeaderOnly file = new(json.GetProperty("tensors").EnumerateObject().ToDictionary(
            entry => entry.Name, entry => new TensorInfo(entry.Name, ScalarType.Float16, [.. entry.Value.EnumerateArray().Select(size => size.GetInt64())])));
        (string Part, string Manifest, RenamedWeights Weights)[] parts =
        [
            ("unet", "unet-sdxl", new RenamedWeights(file, SingleFileNames.Unet)),
            ("vae", "vae-sdxl", new RenamedWeights(file, SingleFileNames.Vae, TensorNames.VaeShape)),
            ("text_encoder", "clip-text-l14", new RenamedWeights(file, SingleFileNames.TextEncoder)),
            ("text_encoder_2", "clip-text-bigg", new RenamedWeights(file, SecondEncoderNames.Parts)),
        ];
        HashSet<string> used = [];
        foreach ((string part, string manifest, RenamedWeights weights) in parts)
        {
            Assert.Equal(Shapes(ManifestWeights.Open(manifest)), Shapes(weights));
            Assert.Equal(json.GetProperty(part).EnumerateObject().Select(entry => entry.Name).Order(StringComparer.Ordinal), weights.Tensors.Keys.Order(StringComparer.Ordinal));
            used.UnionWith(json.GetProperty(part).EnumerateObject().Select(entry => entry.Value.GetString()!));
        }

        Assert.Equal(json.GetProperty("without_counterpart").EnumerateObject().Select(entry => entry.Name).Order(StringComparer.Ordinal), file.Tensors.Keys.Except(used).Order(StringComparer.Ordinal));
        foreach (JsonProperty joined in json.GetProperty("joined").EnumerateObject())
        {
            Assert.Equal(joined.Value.EnumerateArray().Select(part => part.GetString()), SecondEncoderNames.Parts(file.Tensors[joined.Name]).Select(part => part.Name));
        }

        string[] transposed = [.. file.Tensors.Values.Where(info => SecondEncoderNames.Parts(info).Any(part => part.IsTransposed)).Select(info => info.Name)];
        Assert.Equal(json.GetProperty("transposed").EnumerateArray().Select(name => name.GetString()), transposed);
    }

    [Fact]
    public void ThePartsOfTheSecondEncoderAreReadWhereTheyLie()
    {
        using DisposeScope scope = NewDisposeScope();
        const string prefix = SingleFileNames.SecondTextEncoderPrefix;
        Dictionary<string, Tensor> stored = new()
        {
            [prefix + "transformer.resblocks.3.attn.in_proj_weight"] = arange(12).view(6, 2),
            [prefix + "transformer.resblocks.3.attn.in_proj_bias"] = arange(6),
            [prefix + "text_projection"] = arange(6).view(2, 3),
        };
        HeaderOnly file = new(stored.ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape)), stored);
        RenamedWeights renamed = new(file, SecondEncoderNames.Parts);
        Assert.Equal(7, renamed.Tensors.Count);
        Assert.True(arange(4, 8).view(2, 2).Equals(renamed.Read("text_model.encoder.layers.3.self_attn.k_proj.weight")));
        Assert.True(arange(4, 6).Equals(renamed.Read("text_model.encoder.layers.3.self_attn.v_proj.bias")));
        Assert.Equal([3, 2], renamed.Tensors["text_projection.weight"].Shape);
        Assert.True(arange(6).view(2, 3).t().Equals(renamed.Read("text_projection.weight")));
    }

    [Theory]
    [InlineData("model_ema.decay")]
    [InlineData("model_ema.diffusion_modelinput_blocks00weight")]
    [InlineData("alphas_cumprod")]
    [InlineData("betas")]
    [InlineData("cond_stage_model.transformer.text_model.embeddings.position_ids")]
    [InlineData("cond_stage_model.logit_scale")]
    [InlineData("first_stage_model.loss.logvar")]
    [InlineData("first_stage_model.encoder.down")]
    [InlineData("model.diffusion_model.input_blocks")]
    [InlineData("model.diffusion_model.input_blocks.x.0.weight")]
    [InlineData("model.diffusion_model.middle_block.9.weight")]
    [InlineData("model.diffusion_model.output_blocks.1.7.weight")]
    [InlineData("")]
    public void WhatBelongsToNoPartIsLeftOut(string stored) => Assert.All(Functions.Values, rename => Assert.Null(rename(stored)));

    [Fact]
    public void AWholeSingleFilePassesAsItsParts()
    {
        HeaderOnly file = new(SingleFileTensors());
        RenamedWeights unet = new(file, SingleFileNames.Unet);
        Assert.Equal(Shapes(ManifestWeights.Open("unet-sd15")), Shapes(unet));

        using AutoencoderKL vae = new(new VaeConfig(), META);
        ModuleWeights.Check(vae.state_dict(), new RenamedWeights(file, SingleFileNames.Vae, TensorNames.VaeShape), "VAE");
        using ClipTextModel text = new(new ClipTextConfig(), META);
        ModuleWeights.Check(text.state_dict(), new RenamedWeights(file, SingleFileNames.TextEncoder), "CLIP text encoder");
    }

    [Fact]
    public void TheTextEncoderIsFoundWithoutItsFirstWord() =>
        Assert.Equal("text_model.final_layer_norm.bias", SingleFileNames.TextEncoder("cond_stage_model.transformer.final_layer_norm.bias"));

    [Fact]
    public void OldAttentionNamesOfTheVaeBecomeTodays()
    {
        ManifestWeights manifest = ManifestWeights.Open("vae-sd15");
        (string Today, string Old)[] pairs = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")];
        Dictionary<string, TensorInfo> old = manifest.Tensors.Values
            .Select(tensor => tensor with { Name = pairs.Aggregate(tensor.Name, (name, pair) => name.Replace(pair.Today + ".", pair.Old + ".", StringComparison.Ordinal)) })
            .ToDictionary(tensor => tensor.Name);
        Assert.Equal(16, old.Keys.Except(manifest.Tensors.Keys).Count());

        Assert.Equal(Shapes(manifest), Shapes(new RenamedWeights(new HeaderOnly(old), TensorNames.Vae, TensorNames.VaeShape)));
        Assert.Equal(Shapes(manifest), Shapes(new RenamedWeights(manifest, TensorNames.Vae, TensorNames.VaeShape)));
    }

    [Fact]
    public void RenamedTensorsAreReadInTheirNewShape()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> stored = new() { ["a.query"] = arange(6).view(2, 3, 1, 1), ["b"] = arange(3), ["left"] = zeros(1) };
        HeaderOnly file = new(stored.ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.dtype, entry.Value.shape)), stored);
        RenamedWeights renamed = new(
            file,
            name => name == "left" ? null : name.Replace("query", "to_q", StringComparison.Ordinal),
            (name, shape) => name == "a.to_q" ? [2, 3] : shape);

        Assert.Equal(["a.to_q", "b"], renamed.Tensors.Keys.Order());
        Assert.Equal([2, 3], renamed.Tensors["a.to_q"].Shape);
        Assert.True(stored["a.query"].view(2, 3).Equals(renamed.Read("a.to_q")));
        Assert.Throws<EditException>(() => renamed.Read("left"));
    }

    [Fact]
    public void TwoTensorsOfOneNameOrAShapeThatCannotBeAreRefused()
    {
        TensorInfo[] two = [new("a", ScalarType.Float32, [2]), new("b", ScalarType.Float32, [2])];
        HeaderOnly file = new(two.ToDictionary(tensor => tensor.Name));
        EditException twice = Assert.Throws<EditException>(() => new RenamedWeights(file, _ => "same"));
        Assert.All(["'a'", "'b'", "'same'"], name => Assert.Contains(name, twice.Message, StringComparison.Ordinal));
        EditException shape = Assert.Throws<EditException>(() => new RenamedWeights(file, name => name, (_, _) => [3]));
        Assert.Contains("[3]", shape.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Names(string part) =>
        SingleFile.Value.GetProperty(part).EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);

    private static IEnumerable<string> Shapes(IWeights weights) =>
        weights.Tensors.Values.Select(tensor => $"{tensor.Name} {tensor.ShapeText}").Order(StringComparer.Ordinal);

    // The header of the published file: attention weights of the VAE as 1x1 convolutions, and what lies about besides.
    private static Dictionary<string, TensorInfo> SingleFileTensors()
    {
        Dictionary<string, TensorInfo> tensors = [];
        foreach ((string part, string manifest) in new[] { ("unet", "unet-sd15"), ("vae", "vae-sd15"), ("text_encoder", "clip-text-l14") })
        {
            ManifestWeights published = ManifestWeights.Open(manifest);
            foreach ((string name, string stored) in Names(part))
            {
                IReadOnlyList<long> shape = published.Tensors[name].Shape;
                bool convolution = stored.Contains(".attn_1.", StringComparison.Ordinal) && shape.Count == 2;
                tensors[stored] = new TensorInfo(stored, ScalarType.Float16, convolution ? [.. shape, 1, 1] : shape);
            }
        }

        foreach (string left in new[] { "model_ema.decay", "betas", "cond_stage_model.transformer.text_model.embeddings.position_ids" })
        {
            tensors[left] = new TensorInfo(left, ScalarType.Int64, [1]);
        }

        return tensors;
    }

    private sealed class HeaderOnly(IReadOnlyDictionary<string, TensorInfo> tensors, IReadOnlyDictionary<string, Tensor>? data = null) : IWeights
    {
        public string Source => "single file";

        public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

        public Tensor Read(string name) => data![name].clone();
    }
}
