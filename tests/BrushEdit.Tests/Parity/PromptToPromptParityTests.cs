using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Generating;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

/// <summary>Inversion and prompt-to-prompt against the classes of PIE-Bench.</summary>
[Trait("Category", "Parity")]
public class PromptToPromptParityTests
{
    public static TheoryData<string> Ddim => ParityCase.Named("inversion-ddim");

    public static TheoryData<string> Direct => ParityCase.Named("inversion-direct");

    public static TheoryData<string> NullText => ParityCase.Named("inversion-null-text");

    public static TheoryData<string> Alignments => ParityCase.Named("p2p-alignment");

    public static TheoryData<string> Edits => ParityCase.Named("p2p-", where: c => c.Has("in.context"));

    [Theory]
    [MemberData(nameof(Ddim))]
    public void Inversion_gives_the_reference_latents(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using UNet2DConditionModel unet = Unet(c);
        using DisposeScope scope = torch.NewDisposeScope();
        JsonElement config = c.Json("config.json");
        foreach ((string prefix, int offset) in ((string, int)[])[("out.", 1), ("out.offset0.", 0)])
        {
            DdimPath path = new(Scheduler(config.GetProperty("scheduler")) with { StepsOffset = offset }, config.GetProperty("steps").GetInt32());
            AssertTimesteps(c, $"{prefix}timesteps", path);
            AssertAll(c, $"{prefix}latents.", new Inversion(unet, path).Invert(c.Tensor("in.latents"), c.Tensor("in.context")));
        }
    }

    [Theory]
    [MemberData(nameof(Direct))]
    public void Direct_inversion_gives_the_reference_offsets(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using UNet2DConditionModel unet = Unet(c);
        using DisposeScope scope = torch.NewDisposeScope();
        JsonElement config = c.Json("config.json");
        DdimPath path = new(Scheduler(config.GetProperty("scheduler")), config.GetProperty("steps").GetInt32());
        torch.Tensor context = c.Tensor("in.context");
        Inversion inversion = new(unet, path);
        IReadOnlyList<torch.Tensor> inverted = inversion.Invert(c.Tensor("in.latents"), context.narrow(0, 0, 1));
        AssertAll(c, "out.inverted.", inverted);
        IReadOnlyList<torch.Tensor> offsets = inversion.Offsets(inverted, c.Tensor("in.uncond"), context, config.GetProperty("guidance_scale").GetDouble());
        for (int step = 0; step < offsets.Count; step++)
        {
            // Where the step changes nothing, the offset is rounding, in the reference as here.
            torch.Tensor expected = c.Tensor($"out.offset.{step}");
            if (expected.abs().max().item<float>() > 1e-5)
            {
                c.AssertClose($"out.offset.{step}", offsets[step]);
            }
            else
            {
                Assert.True(offsets[step].abs().max().item<float>() < 1e-5);
            }
        }

        // With them the original comes back to its own latent, under guidance and beside an edit.
        using AttentionEdit nothing = new() { Times = torch.zeros(offsets.Count + 1, context.shape[1]), Replacement = torch.eye(context.shape[1]) };
        using PromptControl control = new(nothing, keepsMaps: false);
        PromptRun run = new(unet, path)
        {
            Context = context,
            Uncond = [c.Tensor("in.uncond").narrow(0, 0, 1)],
            Guidance = config.GetProperty("guidance_scale").GetDouble(),
            Offsets = offsets,
        };
        Close.Assert("the original", inverted[0], run.Run(inverted[^1], control).narrow(0, 0, 1), 1e-4);
    }

    [Theory]
    [MemberData(nameof(NullText))]
    public void Null_text_optimisation_gives_the_reference_prompts_and_reconstruction(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using UNet2DConditionModel unet = Unet(c);
        using DisposeScope scope = torch.NewDisposeScope();
        JsonElement config = c.Json("config.json");
        double guidance = config.GetProperty("guidance_scale").GetDouble();
        DdimPath path = new(Scheduler(config.GetProperty("scheduler")), config.GetProperty("steps").GetInt32());
        torch.Tensor context = c.Tensor("in.context");
        Inversion inversion = new(unet, path);
        IReadOnlyList<torch.Tensor> inverted = inversion.Invert(c.Tensor("in.latents"), context);
        AssertAll(c, "out.inverted.", inverted);
        List<double> losses = [];
        IReadOnlyList<torch.Tensor> prompts = inversion.OptimizeNullText(inverted, c.Tensor("in.uncond"), context, guidance, new NullTextOptions
        {
            InnerSteps = config.GetProperty("inner_steps").GetInt32(),
            LearningRate = config.GetProperty("learning_rate").GetDouble(),
            Epsilon = config.GetProperty("epsilon").GetDouble(),
            EpsilonGrowth = config.GetProperty("epsilon_growth").GetDouble(),
            OnLoss = losses.Add,
        });
        c.AssertClose("out.losses", torch.tensor(losses.ToArray()));
        AssertAll(c, "out.uncond.", prompts);
        AssertSampled(c, "out.reconstruction.", unet, path, context, prompts, inverted[^1], guidance);
        AssertSampled(c, "out.without.", unet, path, context, [c.Tensor("in.uncond")], inverted[^1], guidance);
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public void An_edit_gives_the_reference_latents_masks_and_attention(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using UNet2DConditionModel unet = Unet(c);
        using DisposeScope scope = torch.NewDisposeScope();
        JsonElement settings = c.Json("config.json").GetProperty("edit");
        int steps = settings.GetProperty("steps").GetInt32();
        DdimPath path = new(Scheduler(settings.GetProperty("scheduler")), steps);
        AssertTimesteps(c, "out.timesteps", path);
        bool replaces = c.Tensor("in.mapper").dtype == torch.ScalarType.Float32;
        using AttentionEdit edit = new()
        {
            Times = c.Tensor("in.time_alpha").reshape(steps + 1, -1),
            Replacement = replaces ? c.Tensor("in.mapper")[0] : null,
            Mapper = replaces ? null : c.Tensor("in.mapper")[0],
            Old = replaces ? null : c.Tensor("in.alphas").reshape(-1),
            Equalizer = c.Has("in.equalizer") ? c.Tensor("in.equalizer").reshape(-1) : null,
            SelfSteps = (0, (int)(steps * settings.GetProperty("self_replace_steps").GetDouble())),
        };
        int masks = 0;
        using WordBlend? blend = !c.Has("in.blend_alpha") ? null : new WordBlend(
            c.Tensor("in.blend_alpha").reshape(2, -1),
            c.Has("in.substruct_alpha") ? c.Tensor("in.substruct_alpha").reshape(2, -1) : null,
            (int)(steps * settings.GetProperty("start_blend").GetDouble()),
            settings.GetProperty("threshold").GetDouble())
        {
            OnMask = mask => Assert.True(c.Tensor($"out.mask.{masks++}").to(torch.ScalarType.Bool).equal(mask).all().item<bool>(), $"{name}: mask {masks - 1}"),
        };
        using PromptControl control = new(edit, keepsMaps: true);
        PromptRun run = new(unet, path)
        {
            Context = c.Tensor("in.context"),
            Uncond = [.. Enumerable.Range(0, steps).Select(step => $"in.uncond.{step}").TakeWhile(c.Has).Select(c.Tensor)],
            Guidance = settings.GetProperty("guidance_scale").GetDouble(),
            Blend = blend,
        };
        HashSet<long> uploads = [];
        run.Run(c.Tensor("in.latents"), control, (step, latents) =>
        {
            uploads.Add(HostValues.Uploads);
            c.AssertClose($"out.latents.{step}", latents);
        });

        // Nothing is sent between two steps.
        Assert.Single(uploads);

        Assert.Equal(c.TensorNames.Count(tensor => tensor.StartsWith("out.mask.", StringComparison.Ordinal)), masks);
        torch.Tensor expected = c.Tensor("out.attention.up_cross.0");
        torch.Tensor kept = control.Maps(AttentionPlace.Up)[0].Sum.flatten(0, 1).narrow(2, 0, expected.shape[2]);
        c.AssertClose("out.attention.up_cross.0", kept);
        JsonElement stored = c.About.GetProperty("stored");
        foreach ((string key, AttentionPlace place) in ((string, AttentionPlace)[])[("down_cross", AttentionPlace.Down), ("mid_cross", AttentionPlace.Mid), ("up_cross", AttentionPlace.Up)])
        {
            Assert.Equal(
                stored.GetProperty(key).EnumerateArray().Select(shape => shape[1].GetInt64()),
                control.Maps(place).Select(map => map.Sum.shape[2]));
        }
    }

    [Theory]
    [MemberData(nameof(Alignments))]
    public void Captions_are_aligned_as_the_reference_does(string name)
    {
        using ParityCase c = ParityCase.Open(name);
        using DisposeScope scope = torch.NewDisposeScope();
        ClipTokenizer tokenizer = ClipTokenizer.Open(c.Folder);
        JsonElement[] pairs = [.. c.About.GetProperty("pairs").EnumerateArray()];
        for (int index = 0; index < pairs.Length; index++)
        {
            PromptTokens source = new(tokenizer, pairs[index].GetProperty("source").GetString()!);
            PromptTokens target = new(tokenizer, pairs[index].GetProperty("target").GetString()!);
            Assert.Equal(pairs[index].GetProperty("source_ids").EnumerateArray().Select(id => id.GetInt64()), source.Ids);
            Assert.Equal(pairs[index].GetProperty("target_ids").EnumerateArray().Select(id => id.GetInt64()), target.Ids);
            foreach (JsonProperty word in pairs[index].GetProperty("target_word_tokens").EnumerateObject())
            {
                Assert.Equal(word.Value.EnumerateArray().Select(at => at.GetInt32()), target.PlacesOf(int.Parse(word.Name)));
            }

            foreach (JsonProperty word in pairs[index].GetProperty("target_word_tokens_by_word").EnumerateObject())
            {
                Assert.Equal(word.Value.EnumerateArray().Select(at => at.GetInt32()), target.PlacesOf(word.Name));
            }

            (long[] mapper, float[] old) = PromptAlignment.Refine(source, target);
            Assert.Equal(c.Tensor($"out.{index}.refine.mapper").data<long>(), mapper);
            Assert.Equal(c.Tensor($"out.{index}.refine.alphas").data<float>(), old);
            if (c.Has($"out.{index}.replace.mapper"))
            {
                c.AssertClose($"out.{index}.replace.mapper", torch.tensor(PromptAlignment.Replace(source, target)).unsqueeze(0), 1e-6);
            }
            else
            {
                Assert.Contains("words", Assert.Throws<EditException>(() => PromptAlignment.Replace(source, target)).Message, StringComparison.Ordinal);
            }
        }

        foreach (JsonProperty time in c.About.GetProperty("time").EnumerateObject())
        {
            AssertTimes(c, tokenizer, time);
        }

        JsonElement equalizer = c.About.GetProperty("equalizer");
        Dictionary<string, double> scales = equalizer.GetProperty("words").EnumerateArray().Zip(equalizer.GetProperty("values").EnumerateArray())
            .ToDictionary(pair => pair.First.GetString()!, pair => pair.Second.GetDouble());
        PromptTokens caption = new(tokenizer, equalizer.GetProperty("prompt").GetString()!);
        Assert.Equal(c.Tensor("out.equalizer").data<float>(), PromptAlignment.Equalizer(caption, scales));
    }

    private static void AssertTimes(ParityCase c, ClipTokenizer tokenizer, JsonProperty time)
    {
        JsonElement replace = time.Value.GetProperty("cross_replace_steps");
        Dictionary<string, (double, double)> words = [];
        (double, double) all = (0, 1);
        if (replace.ValueKind == JsonValueKind.Number)
        {
            all = (0, replace.GetDouble());
        }
        else
        {
            foreach (JsonProperty word in replace.EnumerateObject())
            {
                (double, double) window = word.Value.ValueKind == JsonValueKind.Number ? (0, word.Value.GetDouble()) : (word.Value[0].GetDouble(), word.Value[1].GetDouble());
                all = word.Name == "default_" ? window : all;
                if (word.Name != "default_")
                {
                    words[word.Name] = window;
                }
            }
        }

        PromptTokens target = new(tokenizer, time.Value.GetProperty("prompts")[1].GetString()!);
        torch.Tensor times = torch.tensor(PromptAlignment.Times(target, time.Value.GetProperty("steps").GetInt32(), all, words));
        torch.Tensor expected = c.Tensor($"out.time.{time.Name}");
        Assert.True(expected.reshape(times.shape).equal(times).all().item<bool>(), $"time.{time.Name}");
    }

    // One picture, with what a sampling of the original alone gives.
    private static void AssertSampled(
        ParityCase c, string prefix, UNet2DConditionModel unet, DdimPath path, torch.Tensor context, IReadOnlyList<torch.Tensor> prompts, torch.Tensor start, double guidance)
    {
        using AttentionEdit nothing = new()
        {
            Times = torch.zeros(path.Timesteps.Count + 1, context.shape[1]),
            Replacement = torch.eye(context.shape[1]),
        };
        using PromptControl control = new(nothing, keepsMaps: false);
        PromptRun run = new(unet, path) { Context = context.repeat(2, 1, 1), Uncond = prompts, Guidance = guidance };
        run.Run(start, control, (step, latents) =>
        {
            c.AssertClose($"{prefix}{step}", latents.narrow(0, 0, 1));
            c.AssertClose($"{prefix}{step}", latents.narrow(0, 1, 1));
        });
    }

    private static void AssertAll(ParityCase c, string prefix, IReadOnlyList<torch.Tensor> tensors)
    {
        Assert.Equal(c.TensorNames.Count(tensor => tensor.StartsWith(prefix, StringComparison.Ordinal)), tensors.Count);
        for (int index = 0; index < tensors.Count; index++)
        {
            c.AssertClose($"{prefix}{index}", tensors[index]);
        }
    }

    private static void AssertTimesteps(ParityCase c, string name, DdimPath path)
    {
        using torch.Tensor expected = c.Tensor(name);
        Assert.Equal(expected.data<long>().Select(step => (double)step), path.Timesteps);
    }

    // The settings say the class in a key of their own, and the eta that DDIM has by default.
    private static SamplerConfig Scheduler(JsonElement settings)
    {
        JsonObject plain = JsonNode.Parse(settings.GetRawText())!.AsObject();
        Assert.Equal(0, plain["eta"]!.GetValue<double>());
        plain["_class_name"] = plain["class"]!.GetValue<string>();
        plain.Remove("class");
        plain.Remove("eta");
        return SamplerConfig.Read(new ConfigReader(JsonSerializer.SerializeToElement(plain), "scheduler"));
    }

    // The case's own network, or a sibling's, whose configuration may hold it among other things.
    private static UNet2DConditionModel Unet(ParityCase c)
    {
        using ParityCase holder = ParityCase.Open(
            c.About.TryGetProperty("uses", out JsonElement uses) && uses.GetArrayLength() > 0 ? uses[0].GetString()! : c.Name);
        JsonObject config = JsonNode.Parse(holder.Json("config.json").GetRawText())!.AsObject();
        config = config["unet"]?.AsObject() ?? config;
        config.Remove("edit");
        UNetConfig shape = UNetConfig.Read(new ConfigReader(JsonSerializer.SerializeToElement(config), holder.Name));
        using SafetensorsFile weights = holder.Weights();
        return ModuleLoader.Load((device, type) => new UNet2DConditionModel(shape, device, type), weights, "U-Net", torch.ScalarType.Float32, torch.CPU);
    }
}
