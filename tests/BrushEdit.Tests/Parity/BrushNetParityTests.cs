using System.Globalization;
using System.Text.Json;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Tests.Parity;

[Trait("Category", "Parity")]
public sealed class BrushNetParityTests
{
    public static TheoryData<string> Cases
    {
        get
        {
            TheoryData<string> rows = [];
            foreach (string name in ParityCase.Named("brushnet").Select(row => row.Data).Where(name => !IsInitialisation(name)))
            {
                rows.Add(name);
            }

            return rows;
        }
    }

    public static TheoryData<string> Initialisations
    {
        get
        {
            TheoryData<string> rows = [];
            foreach (string name in ParityCase.Named("brushnet").Select(row => row.Data).Where(IsInitialisation))
            {
                rows.Add(name);
            }

            return rows;
        }
    }

    /// <summary>The outputs of every scaling the case holds: <c>out.scale07.down.00</c>, <c>out.guess.mid</c> and the like.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void BrushNet_gives_the_reference_outputs(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using BrushNetModel brushNet = Open(reference);
        using torch.Tensor sample = reference.Tensor("in.sample");
        using torch.Tensor timestep = reference.Tensor("in.timestep");
        using torch.Tensor condition = reference.Tensor("in.condition");
        using TextConditioning text = UNetParityTests.Conditions(reference);
        using IDisposable noGradients = torch.no_grad();
        string[] scalings = [.. reference.TensorNames
            .Where(tensor => tensor.EndsWith(".mid", StringComparison.Ordinal))
            .Select(tensor => tensor["out.".Length..^".mid".Length])];
        Assert.NotEmpty(scalings);
        int compared = 0;
        foreach (string scaling in scalings)
        {
            (double scale, bool guess) = Scaling(scaling);
            using BrushNetResiduals outputs = brushNet.forward(sample, timestep, condition, scale, guess, text);
            compared += Compare(reference, $"out.{scaling}.down", outputs.Down);
            compared += Compare(reference, $"out.{scaling}.up", outputs.Up);
            reference.AssertClose($"out.{scaling}.mid", outputs.Mid);
            compared++;
        }

        Assert.Equal(reference.TensorNames.Count(tensor => tensor.StartsWith("out.", StringComparison.Ordinal) && tensor != "out.injected.noise"), compared);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_added_to_the_UNet_give_the_reference_noise(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using ParityCase unetCase = ParityCase.Open(name.Replace("brushnet", "unet", StringComparison.Ordinal));
        using BrushNetModel brushNet = Open(reference);
        using UNet2DConditionModel unet = UNetParityTests.Open(unetCase);
        using torch.Tensor sample = reference.Tensor("in.sample");
        using torch.Tensor timestep = reference.Tensor("in.timestep");
        using torch.Tensor condition = reference.Tensor("in.condition");
        using TextConditioning text = UNetParityTests.Conditions(reference);
        using IDisposable noGradients = torch.no_grad();
        brushNet.Config.EnsureFits(unet.Config);
        ShareInputBiasWhereTheCaseDoes(reference, unet, brushNet);
        using BrushNetResiduals residuals = brushNet.forward(sample, timestep, condition, text: text);
        using torch.Tensor noise = unet.forward(sample, timestep, text, residuals);
        reference.AssertClose("out.injected.noise", noise);
    }

    [Theory]
    [MemberData(nameof(Initialisations))]
    public void A_BrushNet_made_from_a_UNet_has_the_reference_weights(string name)
    {
        using ParityCase reference = ParityCase.Open(name);
        using ParityCase unetCase = ParityCase.Open(name.Replace("-from-unet", string.Empty, StringComparison.Ordinal).Replace("brushnet", "unet", StringComparison.Ordinal));
        using UNet2DConditionModel unet = UNetParityTests.Open(unetCase);
        using BrushNetModel brushNet = BrushNetModel.FromUNet(unet);
        using SafetensorsFile weights = reference.Weights();
        ModuleWeights.Check(brushNet.state_dict(), weights, "BrushNet");
        string[] drawn = reference.About.TryGetProperty("not_copied", out JsonElement names) ? [.. names.EnumerateArray().Select(key => key.GetString()!)] : [];
        Assert.Equal(drawn, brushNet.state_dict().Keys.Where(key => key.StartsWith("add_embedding.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Dictionary<string, torch.Tensor> source = unet.state_dict();
        foreach ((string key, torch.Tensor actual) in brushNet.state_dict())
        {
            if (drawn.Contains(key))
            {
                Assert.False(source[key].equal(actual).all().item<bool>(), $"{name}: '{key}' is copied.");
                continue;
            }

            using torch.Tensor expected = weights.Read(key);
            Assert.True(expected.equal(actual).all().item<bool>(), $"{name}: '{key}' differs.");
        }

        BrushNetConfig config = BrushNetConfig.Read(reference.Config());
        Assert.Equal(config.ToJson().ToJsonString(), brushNet.Config.ToJson().ToJsonString());
    }

    /// <summary>
    /// The authors' initialisation lets the branch keep the U-Net's own input bias, one tensor for both. Where the branch of a case was
    /// given its numbers after that, the U-Net that the case was computed with has the branch's bias, not the one of its own case.
    /// </summary>
    internal static void ShareInputBiasWhereTheCaseDoes(ParityCase reference, UNet2DConditionModel unet, BrushNetModel brushNet)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradients = torch.no_grad();
        torch.Tensor sample = reference.Tensor("in.sample");
        torch.Tensor timestep = reference.Tensor("in.timestep");
        TextConditioning text = UNetParityTests.Conditions(reference);
        BrushNetResiduals residuals = brushNet.forward(sample, timestep, reference.Tensor("in.condition"), text: text);
        torch.Tensor noise = unet.forward(sample, timestep, text, residuals);
        torch.Tensor expected = reference.Tensor("out.injected.noise");
        if (((noise - expected).norm() / expected.norm()).item<float>() > 1e-4)
        {
            unet.state_dict()["conv_in.bias"].copy_(brushNet.state_dict()["conv_in_condition.bias"]);
        }
    }

    private static bool IsInitialisation(string name) => name.Contains("-from-unet", StringComparison.Ordinal);

    internal static BrushNetModel Open(ParityCase reference)
    {
        BrushNetConfig config = BrushNetConfig.Read(reference.Config());
        using SafetensorsFile weights = reference.Weights();
        return ModuleLoader.Load((device, type) => new BrushNetModel(config, device, type), weights, "BrushNet", torch.ScalarType.Float32, torch.CPU);
    }

    // "guess", or "scale" and a number written without its point: "scale1", "scale07" for 0.7.
    private static (double Scale, bool Guess) Scaling(string name)
    {
        string digits = new([.. name.SkipWhile(letter => !char.IsAsciiDigit(letter))]);
        bool guess = name.StartsWith("guess", StringComparison.Ordinal);
        if (digits.Length > 1 && digits[0] == '0' && digits[1] != '.')
        {
            digits = digits.Insert(1, ".");
        }

        return (digits.Length == 0 ? 1 : double.Parse(digits, CultureInfo.InvariantCulture), guess);
    }

    private static int Compare(ParityCase reference, string prefix, IReadOnlyList<torch.Tensor> actual)
    {
        string[] names = [.. reference.TensorNames.Where(tensor => tensor.StartsWith(prefix + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(names.Length, actual.Count);
        for (int i = 0; i < names.Length; i++)
        {
            reference.AssertClose(names[i], actual[i]);
        }

        return names.Length;
    }
}
