using BrushEdit.Generating;
using BrushEdit.Modeling;
using BrushEdit.Sampling;
using BrushEdit.Synthesizing;
using BrushEdit.Tokenizing;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>Trains the small bundle from a seed and writes it: first the autoencoder, then everything else on its latents.</summary>
/// <param name="bundle">The bundle's folder.</param>
/// <param name="checkpoints">The checkpoints' folder; a stopped run continues from them.</param>
/// <param name="device">The device to train on.</param>
/// <param name="seed">Determines initial weights, scenes and noise.</param>
public sealed class ToyboxTraining(string bundle, string checkpoints, torch.Device device, ulong seed)
{
    private const double WholeShare = 0.3;

    // A whole picture has four times the pixels: a quarter as many of them cost a step as much.
    private const int WholeCost = 4;

    /// <summary>Trains and writes the autoencoder.</summary>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint.</param>
    public void TrainVae(TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using AutoencoderKL vae = Toybox.Build(seed, device, () => new AutoencoderKL(Toybox.Vae));
        SceneSource source = new(seed, Toybox.Canvas);
        VaeTraining.Train(vae, source, options with { Seed = seed }, Path.Combine(checkpoints, "vae"), progress, cancellation);
        BundleWriter.WriteVae(bundle, vae, VaeTraining.MeasureScalingFactor(vae, source));
    }

    /// <summary>Trains and writes text encoder, U-Net and BrushNet on the bundle's autoencoder.</summary>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="inpaint">Dropouts and weights.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint; the weights learnt so far are then written.</param>
    /// <param name="fromBundle">Starts from the bundle's weights instead of random ones; a checkpoint takes precedence over both.</param>
    public void TrainDenoiser(
        TrainingOptions options,
        InpaintTrainingOptions inpaint,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation,
        bool fromBundle = false)
    {
        TokenizerTraining.Write(Path.Combine(bundle, "tokenizer"), Toybox.Words, Toybox.TextLength);
        WithNetworks(networks =>
        {
            if (fromBundle)
            {
                TakeBundle(networks);
            }

            InpaintTraining.Train(
                networks,
                new NoiseSchedule(Toybox.Scheduler),
                Rows(options.BatchSize),
                options with { Seed = seed },
                inpaint,
                DenoiserCheckpoint,
                progress,
                cancellation);
            BundleWriter.WriteDenoiser(bundle, networks);
        });
    }

    /// <summary>
    /// Trains the network of an engine that the method is compared with, on the bundle's base, and writes it: SDInpainting and InstructPix2Pix as
    /// a whole base, ControlNetInpaint as a ControlNet.
    /// </summary>
    /// <param name="engine">SDInpainting, ControlNetInpaint or InstructPix2Pix.</param>
    /// <param name="folder">The folder to write to, made if it is missing.</param>
    /// <param name="options">Steps, batch size, learning rate.</param>
    /// <param name="objective">Dropouts and weights.</param>
    /// <param name="progress">Receives the loss.</param>
    /// <param name="cancellation">Ends the run with a checkpoint; the weights learnt so far are then written.</param>
    /// <exception cref="EditException">BadArgument: the engine has no network to train.</exception>
    public void TrainEngine(
        EngineKind engine,
        string folder,
        TrainingOptions options,
        InpaintTrainingOptions objective,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation) => WithNetworks(bundled =>
        {
            TakeBundle(bundled);
            using EngineNetworks networks = new(engine, bundled);
            TrainingRow[] rows = engine == EngineKind.InstructPix2Pix
                ? [new TrainingRow(new InstructedSource(seed + 2, Toybox.WholeCanvas), Math.Max(1, options.BatchSize / WholeCost), 1)]
                : Rows(options.BatchSize);
            EngineTraining.Train(
                networks, new NoiseSchedule(Toybox.Scheduler), rows, options with { Seed = seed }, objective, Path.Combine(checkpoints, engine.ToString()), progress, cancellation);
            BundleWriter.WriteEngine(folder, networks);
        });

    /// <summary>Writes the weights of an unfinished run's last checkpoint, without training: a bundle for inspection.</summary>
    /// <returns>False if there is no checkpoint; nothing is written then.</returns>
    public bool Export()
    {
        if (!Directory.Exists(DenoiserCheckpoint))
        {
            return false;
        }

        TokenizerTraining.Write(Path.Combine(bundle, "tokenizer"), Toybox.Words, Toybox.TextLength);
        WithNetworks(networks =>
        {
            if (!InpaintTraining.TryLoadAverage(networks, DenoiserCheckpoint))
            {
                throw new EditException(
                    EditFault.NotFound, $"There is no checkpoint in '{DenoiserCheckpoint}'.", "Train first, or name the folder of checkpoints.", DenoiserCheckpoint);
            }

            BundleWriter.WriteDenoiser(bundle, networks);
        });
        return true;
    }

    /// <summary>The bundle's losses on held-out scenes that never change: of fills at the canvas's size, and of whole pictures.</summary>
    /// <param name="batches">Batches of 16 fills; whole pictures are a quarter of them.</param>
    /// <param name="inpaint">The weights of the loss.</param>
    public (double Fills, double Whole) Validate(int batches, InpaintTrainingOptions inpaint)
    {
        (double, double) losses = default;
        WithNetworks(networks =>
        {
            TakeBundle(networks);
            NoiseSchedule schedule = new(Toybox.Scheduler);
            double Loss(int size, bool whole, int batch) => InpaintTraining.Validate(
                networks, schedule, new TrainingRow(new SceneSource(seed, size, whole, SceneSplit.HeldOutSeeds), batch, 1), batches, inpaint);
            losses = (Loss(Toybox.Canvas, false, 16), Loss(Toybox.WholeCanvas, true, 4));
        });
        return losses;
    }

    /// <summary>
    /// Writes the weighted mean of the weights of text encoder, U-Net and BrushNet in this bundle and in another one that was trained from it: it is
    /// often better than either ("Model soups", arXiv 2203.05482).
    /// </summary>
    /// <param name="other">The other bundle's folder.</param>
    /// <param name="share">The weight of the other bundle, 0 to 1.</param>
    /// <exception cref="EditException">A file is missing or corrupt.</exception>
    public void Average(string other, double share) => WithNetworks(own => WithNetworks(theirs =>
    {
        TakeBundle(own);
        Take(theirs, other);
        using IDisposable noGradients = torch.no_grad();
        IEnumerable<torch.nn.Module> Networks(InpaintNetworks networks) => [networks.TextEncoder, networks.UNet, networks.BrushNet];
        foreach ((torch.nn.Module mine, torch.nn.Module added) in Networks(own).Zip(Networks(theirs)))
        {
            foreach ((torch.Tensor weight, torch.Tensor end) in mine.parameters().Zip(added.parameters()))
            {
                weight.mul_(Scalars.Of(1 - share)).add_(end, Scalars.Of(share));
            }
        }

        BundleWriter.WriteDenoiser(bundle, own);
    }));

    private void TakeBundle(InpaintNetworks networks) => Take(networks, bundle);

    private static void Take(InpaintNetworks networks, string bundle)
    {
        NetworkFolder.Read(Path.Combine(bundle, "unet"), "diffusion_pytorch_model", networks.UNet);
        NetworkFolder.Read(Path.Combine(bundle, "brushnet"), "diffusion_pytorch_model", networks.BrushNet);
        NetworkFolder.Read(Path.Combine(bundle, "text_encoder"), "model", networks.TextEncoder);
    }

    private TrainingRow[] Rows(int batch) =>
    [
        new TrainingRow(new SceneSource(seed, Toybox.Canvas), batch, 1 - WholeShare),
        new TrainingRow(new SceneSource(seed + 1, Toybox.WholeCanvas, whole: true), Math.Max(1, batch / WholeCost), WholeShare),
    ];

    private string DenoiserCheckpoint => Path.Combine(checkpoints, "inpaint");

    /// <summary>Lends the bundle's autoencoder together with new networks.</summary>
    private void WithNetworks(Action<InpaintNetworks> use)
    {
        ClipTokenizer tokenizer = ClipTokenizer.Open(Path.Combine(bundle, "tokenizer"));
        using AutoencoderKL vae = NetworkFolder.OpenVae(bundle, device);
        using ClipTextModel text = Toybox.Build(seed + 1, device, () => new ClipTextModel(Toybox.Text(tokenizer)));
        using UNet2DConditionModel unet = Toybox.Build(seed + 2, device, () => new UNet2DConditionModel(Toybox.UNet));
        using BrushNetModel brushnet = BrushNetModel.FromUNet(unet);
        use(new InpaintNetworks(text, tokenizer, vae, unet, brushnet, vae.Config.ScalingFactor));
    }
}
